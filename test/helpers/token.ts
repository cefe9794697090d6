import { SignJWT } from 'jose'
import type { Role, Scope } from '../../src/contracts/codes.ts'
import { ACCESS_TOKEN_TYPE, audienceOf, issuerOf } from '../../src/contracts/token.ts'
import { newId } from '../../src/id.ts'
import type { TestHub } from './hub.ts'
import { TEST_JKT } from './proof.ts'

type Hub = Pick<TestHub, 'keys' | 'config'>

const sign = (hub: Hub, claims: Readonly<Record<string, unknown>>): Promise<string> => {
  const { kid, privateKey } = hub.keys.tokens
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: ACCESS_TOKEN_TYPE, kid })
    .setIssuer(issuerOf(hub.config.publicUrl))
    .setAudience(audienceOf(hub.config.publicUrl))
    .setIssuedAt()
    .setExpirationTime('5m')
    .setJti(newId())
    .sign(privateKey)
}

/** An access token of a person, signed with the hub's own key; who signed in now when not said. */
export const personToken = (
  hub: Hub,
  person: { readonly id: string; readonly agency: string | null; readonly roles: readonly Role[] },
  authenticatedAt = Math.floor(Date.now() / 1000),
): Promise<string> => {
  const { id: sub, agency, roles } = person
  return sign(hub, { sub, client_id: 'test', agency, roles, auth_time: authenticatedAt })
}

/**
 * An access token of an agency's program, bound to the key of `proof.ts` and good for a program that
 * is registered: send it with `boundHeaders`.
 */
export const systemToken = (
  hub: Hub,
  system: { readonly id: string; readonly agency: string; readonly scopes: readonly Scope[] },
): Promise<string> =>
  sign(hub, {
    sub: system.id,
    client_id: system.id,
    agency: system.agency,
    scope: system.scopes.join(' '),
    cnf: { jkt: TEST_JKT },
  })
