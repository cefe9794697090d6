import { sql } from 'drizzle-orm'
import type { JWK } from 'jose'
import { agencyKeyOf } from '../../src/agency-key.ts'
import type { AgencyKey, AgencyKeySet } from '../../src/contracts/agency-key.ts'
import type { Tx } from '../../src/db.ts'
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

/** The key that the hub holds for an agency. It has no time of its own: it follows the master key. */
const heldByHub = async ({ keys }: Pick<Context, 'keys'>, agency: string): Promise<AgencyKey> => ({
  ...shown((await agencyKeyOf(keys, agency)).publicJwk),
  custody: 'hub',
  state: 'live',
  fingerprint: null,
  live_at: null,
  retired_at: null,
  revoked_at: null,
  told: null,
})

/** Every key that signs, or signed, for an agency, as whoever asks may see it. */
export const keysOfAgency = async (
  ctx: Pick<Context, 'keys' | 'now'>,
  tx: Tx,
  agency: string,
  isOwn: boolean,
): Promise<AgencyKeySet> => {
  const now = ctx.now()
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
            told: row.revoked_at === null ? null : told(row.kid),
          },
        ],
  )
  const waiting = rows
    .filter((row) => isWaiting(row, now))
    .map(({ kid, jwk, fingerprint, since, live_at }) => ({
      kid,
      fingerprint,
      state: jwk === null ? ('proposed' as const) : ('cooling' as const),
      since: new Date(since).toISOString(),
      live_at: instantOf(live_at),
    }))
  return { keys: [await heldByHub(ctx, agency), ...own], waiting }
}
