import { sql } from 'drizzle-orm'
import type { JWK } from 'jose'
import { agencyKeyOf, formerAgencyKeysOf } from '../../src/agency-key.ts'
import type { Actor } from '../../src/actor.ts'
import type { AgencyKey, AgencyKeySet } from '../../src/contracts/agency-key.ts'
import type { Tx } from '../../src/db.ts'
import type { SigningKey } from '../../src/keys.ts'
import type { Context } from '../../src/service.ts'
import { toldOfKeys } from './stream.ts'

interface Row extends Record<string, unknown> {
  readonly kid: string
  /** Null while it is proposed. */
  readonly jwk: JWK | null
  readonly fingerprint: string
  readonly since: string
  readonly live_at: string | null
  readonly retired_at: string | null
  readonly revoked_at: string | null
  readonly compromised_since: string | null
}

const instantOf = (text: string | null): string | null =>
  text === null ? null : new Date(text).toISOString()

const shown = ({ kty = '', crv = '', x = '', y = '', kid = '' }: JWK) =>
  ({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }) as const

const stateOf = (row: Row): AgencyKey['state'] => {
  if (row.revoked_at !== null) return 'revoked'
  return row.retired_at === null ? 'live' : 'retired'
}

const isWaiting = (row: Row, now: Date): boolean =>
  row.jwk === null ||
  (stateOf(row) === 'live' && row.live_at !== null && new Date(row.live_at) > now)

/** A key that the hub holds, or held, for an agency. It is judged by no time: the hub alone has it. */
const heldKey = ({ publicJwk }: SigningKey, retiredAt: string | null): AgencyKey => ({
  ...shown(publicJwk),
  custody: 'hub',
  state: retiredAt === null ? 'live' : 'retired',
  fingerprint: null,
  live_at: null,
  retired_at: retiredAt,
  revoked_at: null,
  compromised_since: null,
  told: null,
})

/** The keys that the hub holds for an agency: the one of now first. */
const heldByHub = async ({ keys }: Pick<Context, 'keys'>, agency: string): Promise<AgencyKey[]> => [
  heldKey(await agencyKeyOf(keys, agency), null),
  ...(await formerAgencyKeysOf(keys, agency)).map((one) => heldKey(one.key, one.retiredAt)),
]

/**
 * Every key that signs, or signed, for an agency, as whoever asks may see it. People of the hub hear of
 * the fingerprint of a proposed key from the agency alone.
 */
export const keysOfAgency = async (
  ctx: Pick<Context, 'keys' | 'now'>,
  tx: Tx,
  agency: string,
  { agency: reader }: Pick<Actor, 'agency'>,
): Promise<AgencyKeySet> => {
  const now = ctx.now()
  const isOwn = reader === agency
  const rows = await tx.execute<Row>(sql`select * from consent.agency_keys_of(${agency})`)
  const told = isOwn
    ? await toldOfKeys(
        tx,
        rows.map((row) => row.kid),
        now,
      )
    : () => null
  const own = rows.flatMap((row): AgencyKey[] =>
    row.jwk === null || isWaiting(row, now)
      ? []
      : [
          {
            ...shown(row.jwk),
            custody: 'agency',
            state: stateOf(row),
            fingerprint: row.fingerprint,
            live_at: instantOf(row.live_at),
            retired_at: instantOf(row.retired_at),
            revoked_at: instantOf(row.revoked_at),
            compromised_since: instantOf(row.compromised_since),
            told: row.revoked_at === null ? null : told(row.kid),
          },
        ],
  )
  const waiting = rows
    .filter((row) => isWaiting(row, now) && (row.jwk !== null || reader !== null))
    .map(({ kid, jwk, fingerprint, since, live_at }) => ({
      kid,
      fingerprint,
      state: jwk === null ? ('proposed' as const) : ('cooling' as const),
      since: new Date(since).toISOString(),
      live_at: instantOf(live_at),
    }))
  return { keys: [...(await heldByHub(ctx, agency)), ...own], waiting }
}
