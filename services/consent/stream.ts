import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { customType, integer, pgSchema, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { Category } from '../../src/contracts/codes.ts'
import type { Tx } from '../../src/db.ts'

const consent = pgSchema('consent')
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const instant = () => timestamp({ withTimezone: true, mode: 'string' })

/** How an agency wants to be told. */
export const eventStream = consent.table('event_stream', {
  agency: uuid().primaryKey(),
  method: text().$type<'push' | 'poll'>().notNull(),
  url: text(),
  authorization_sealed: bytes(),
  authorization_key: bytes(),
  version: integer().notNull().default(1),
})

/** What a holder is told, and whether it has confirmed. */
export const securityEvent = consent.table('security_event', {
  id: uuid().primaryKey(),
  agency: uuid().notNull(),
  kind: text().$type<'consent_withdrawn' | 'key_revoked'>().notNull(),
  withdrawal: uuid(),
  referral: uuid(),
  stop_order: uuid(),
  case_id: uuid(),
  categories: text().array().$type<Category[]>(),
  kid: text(),
  at: instant().notNull(),
  due_at: instant().notNull(),
  failure: text(),
  confirmed_at: instant(),
})
export type SecurityEventRow = typeof securityEvent.$inferSelect

/** Purpose of the key that seals what agencies' servers want to see. */
export const STREAM_SEAL = 'seal/event-stream'
export const streamPlace = (agency: string): string => `event-stream/${agency}`

/** Events that an agency has not confirmed, oldest first. */
export const waitingFor = (tx: Tx, agency: string, limit: number): Promise<SecurityEventRow[]> =>
  tx
    .select()
    .from(securityEvent)
    .where(and(eq(securityEvent.agency, agency), isNull(securityEvent.confirmed_at)))
    .orderBy(asc(securityEvent.id))
    .limit(limit)

/** How many events an agency has not confirmed, since when, and why the last push failed. */
export const waitingCount = async (tx: Tx, agency: string) => {
  const [row] = await tx
    .select({
      waiting: sql<number>`count(*)::int`,
      oldest: sql<string | null>`min(${securityEvent.at})`,
      failure: sql<string | null>`max(${securityEvent.failure})`,
    })
    .from(securityEvent)
    .where(and(eq(securityEvent.agency, agency), isNull(securityEvent.confirmed_at)))
  const oldest = row?.oldest ?? null
  return {
    waiting: row?.waiting ?? 0,
    oldest_at: oldest === null ? null : new Date(oldest).toISOString(),
    failure: row?.failure ?? null,
  }
}

/** A holder that has been told and not confirmed within this is shown as not reached. */
const REACHED_MS = 60_000

/** Of the holders that a withdrawal has to be told to: how many have confirmed that they know. */
export interface Told {
  readonly holders: number
  readonly confirmed: number
  readonly unreached: string[]
}

type ToldRow = Pick<SecurityEventRow, 'agency' | 'withdrawal' | 'at' | 'confirmed_at'>

const toldOf = (rows: readonly ToldRow[], now: Date): Told => {
  const open = rows.filter((row) => row.confirmed_at === null)
  const isLate = (row: ToldRow) => now.getTime() - new Date(row.at).getTime() > REACHED_MS
  const holders = new Set(rows.map((row) => row.agency))
  const waiting = new Set(open.map((row) => row.agency))
  return {
    holders: holders.size,
    confirmed: holders.size - waiting.size,
    unreached: [...new Set(open.filter(isLate).map((row) => row.agency))].sort(),
  }
}

/** By revoked key of an agency, as that agency sees it. */
export const toldOfKeys = async (
  tx: Tx,
  kids: readonly string[],
  now: Date,
): Promise<(kid: string) => Told> => {
  const rows = await tx
    .select({
      kid: securityEvent.kid,
      agency: securityEvent.agency,
      withdrawal: securityEvent.withdrawal,
      at: securityEvent.at,
      confirmed_at: securityEvent.confirmed_at,
    })
    .from(securityEvent)
    .where(inArray(securityEvent.kid, [...kids]))
  return (kid) =>
    toldOf(
      rows.filter((row) => row.kid === kid),
      now,
    )
}

/** By withdrawal, as its owner sees it. */
export const toldBy = async (
  tx: Tx,
  withdrawals: readonly string[],
  now: Date,
): Promise<(withdrawal: string) => Told> => {
  const rows = await tx
    .select({
      agency: securityEvent.agency,
      withdrawal: securityEvent.withdrawal,
      at: securityEvent.at,
      confirmed_at: securityEvent.confirmed_at,
    })
    .from(securityEvent)
    .where(inArray(securityEvent.withdrawal, [...withdrawals]))
  return (withdrawal) =>
    toldOf(
      rows.filter((row) => row.withdrawal === withdrawal),
      now,
    )
}
