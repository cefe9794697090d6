import { sql } from 'drizzle-orm'
import { integer, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type {
  Capacity,
  CapacityRead,
  HoldRead,
  Reading,
  Unit,
} from '../../src/contracts/capacity.ts'
import type { Tx } from '../../src/db.ts'
import { directory } from './tables.ts'

const instant = () => timestamp({ withTimezone: true, mode: 'string' })

export const capacity = directory.table('capacity', {
  service: uuid().notNull(),
  agency: uuid().notNull(),
  unit: text().$type<Unit>().notNull(),
  maximum: integer().notNull(),
  available: integer().notNull(),
  as_of: instant().notNull(),
  fresh_hours: integer().notNull(),
  hold_hours: integer().notNull(),
  version: integer().notNull().default(1),
} satisfies Record<keyof Capacity, unknown>)

export const hold = directory.table('hold', {
  referral: uuid().primaryKey(),
  service: uuid().notNull(),
  unit: text().$type<Unit>().notNull(),
  agency: uuid().notNull(),
  holder: uuid().notNull(),
  state: text().$type<'held' | 'taken' | 'released' | 'expired'>().notNull(),
  placed_at: instant().notNull(),
  expires_at: instant().notNull(),
} satisfies Record<keyof HoldRead, unknown> & { state: unknown })

export const reading = directory.table('capacity_reading', {
  id: uuid().primaryKey(),
  at: instant().notNull(),
  service: uuid().notNull(),
  agency: uuid().notNull(),
  unit: text().$type<Unit>().notNull(),
  maximum: integer().notNull(),
  available: integer().notNull(),
  cause: text().$type<Reading['cause']>().notNull(),
} satisfies Record<keyof Reading, unknown> & { agency: unknown })

export interface Places extends Record<string, unknown> {
  readonly service: string
  readonly unit: Unit
  readonly maximum: number
  readonly available: number
  readonly held: number
  readonly free: number
  readonly as_of: string
  readonly fresh_hours: number
  readonly hold_hours: number
  readonly freshness: number
  readonly version: number
}

export const readPlaces = ({ freshness, ...row }: Places): CapacityRead => ({
  ...row,
  as_of: new Date(row.as_of).toISOString(),
  freshness: Math.round(freshness * 100) / 100,
  freshness_state: freshness >= 1 ? 'fresh' : freshness > 0 ? 'ageing' : 'stale',
})

/** What these services have left, in order of service and unit. */
export const placesOf = async (tx: Tx, services: readonly string[]): Promise<CapacityRead[]> => {
  const rows = await tx.execute<Places & Record<string, unknown>>(sql`
    select * from directory.places(${`{${services.join(',')}}`}::uuid[]) order by service, unit`)
  return rows.map(readPlaces)
}

export const utc = (at: string): string => new Date(at).toISOString()
