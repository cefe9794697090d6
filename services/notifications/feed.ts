import { sql } from 'drizzle-orm'
import type { Actor } from '../../src/actor.ts'
import type { FeedItem } from '../../src/contracts/events.ts'
import type { Db } from '../../src/db.ts'

/** The items of a feed with numbers above `from`, up to and including `to`. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly items: readonly FeedItem[]
}

/** Reads for the hub itself, on behalf of one agency: row-level security shows no other feed. */
export const readerFor = (agency: string): Actor => ({
  kind: 'hub',
  id: 'notifications',
  agency,
  roles: [],
  scopes: [],
})

interface Row extends Record<string, unknown>, Omit<FeedItem, 'n' | 'agency'> {
  readonly n: string
  readonly actor_agency: string | null
}

const itemOf = ({ n, type, id, at, outcome, actor_agency, object, data }: Row): FeedItem => ({
  n: Number(n),
  type,
  id,
  at,
  outcome,
  agency: actor_agency,
  object,
  data,
})

export const readFeed = async (
  db: Db,
  actor: Actor,
  agency: string,
  from: number,
  limit: number,
): Promise<Stretch> => {
  const rows = await db.withActor(actor, (tx) =>
    tx.execute<Row>(sql`
      select n, type, id, at, outcome, actor_agency, object, data
        from audit.read_feed(${agency}::uuid, ${from}::bigint, ${limit}::int)
       order by n`),
  )
  const items = rows.map(itemOf)
  return { from, to: items.at(-1)?.n ?? from, items }
}

/** The newest number of each agency's feed, in the order asked; 0 when nothing happened yet. */
export const readHeads = async (db: Db, agencies: readonly string[]): Promise<number[]> => {
  const asked = agencies.map((agency, i) => ({ i, agency }))
  const rows = await db.call<{ i: number; n: string }>('audit.feed_heads', asked)
  const byIndex = new Map(rows.map(({ i, n }) => [i, Number(n)]))
  return agencies.map((_, i) => byIndex.get(i) ?? 0)
}
