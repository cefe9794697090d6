import { SignJWT } from 'jose'
import type { Category } from '../../src/contracts/codes.ts'
import { permitAudienceOf, permitIdOf, permitIssuerOf } from '../../src/contracts/permit.ts'
import {
  CONSENT_WITHDRAWN,
  KEY_REVOKED,
  SECURITY_EVENT_TYPE,
  type SecurityEventClaims,
} from '../../src/contracts/security-event.ts'
import { pseudonymOf } from '../../src/permits.ts'
import type { Context } from '../../src/service.ts'

/** What a token is made of; instants as Postgres writes them. */
export interface EventFacts extends Record<string, unknown> {
  readonly id: string
  readonly agency: string
  readonly kind: 'consent_withdrawn' | 'key_revoked'
  readonly referral: string | null
  readonly stop_order: string | null
  readonly case_id: string | null
  readonly categories: readonly Category[] | null
  readonly kid: string | null
  readonly at: string
  readonly due_at: string
}

const secondsOf = (instant: string): number => Math.floor(new Date(instant).getTime() / 1000)

const eventsOf = (facts: EventFacts): SecurityEventClaims['events'] =>
  facts.kind === 'key_revoked'
    ? { [KEY_REVOKED]: { kid: facts.kid ?? '' } }
    : {
        [CONSENT_WITHDRAWN]: {
          handoff: permitIdOf(facts.referral ?? ''),
          categories: [...(facts.categories ?? [])],
          stop_order: facts.stop_order,
          due: secondsOf(facts.due_at),
        },
      }

/** The token of one event for the one agency that is told (RFC 8417). */
export const signEvent = async (
  { keys, config }: Pick<Context, 'keys' | 'config'>,
  facts: EventFacts,
): Promise<string> => {
  const subject = facts.case_id
  const claims: SecurityEventClaims = {
    iss: permitIssuerOf(config.publicUrl),
    aud: permitAudienceOf(facts.agency),
    jti: facts.id,
    iat: secondsOf(facts.at),
    ...(subject === null
      ? {}
      : { sub_id: { format: 'opaque', id: pseudonymOf(keys, subject, facts.agency) } }),
    events: eventsOf(facts),
  }
  return await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: SECURITY_EVENT_TYPE, kid: keys.permits.kid })
    .sign(keys.permits.privateKey)
}
