import { sql, type SQL } from 'drizzle-orm'
import type { Opening } from '../../src/contracts/audit-review.ts'
import type { Tx } from '../../src/db.ts'
import { cursorOf, placeOf } from '../../src/cursor.ts'
import { selectOwn, type TrailRow } from './trail.ts'

const openingOf = (row: TrailRow, agency: string): Opening => {
  const data = (row.data ?? {}) as Record<string, unknown>
  const text = (name: string): string | null => {
    const value = data[name]
    return typeof value === 'string' ? value : null
  }
  return {
    n: Number(row.n),
    at: row.at,
    type: row.type as Opening['type'],
    agency: row.agency,
    actor: row.agency === agency ? row.actor : null,
    categories: (row.categories ?? []) as Opening['categories'],
    purpose: row.purpose,
    referral: row.type === 'cases.data.opened.v1' ? null : row.object,
    basis: text('basis'),
    grant: text('grant'),
    case: row.name,
  }
}

export interface Openings {
  readonly items: Opening[]
  readonly next: string | null
  readonly nobody: boolean
}

/** Openings of content in an agency's feed, newest first. `where` is over `d` and `f`. */
export const readOpenings = async (
  tx: Tx,
  agency: string,
  where: SQL,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<Openings> => {
  const before = after === undefined ? null : Number(placeOf(after, ['number'])[0])
  const paged = before === null ? sql`true` : sql`f.n < ${before}`
  const rows = await selectOwn(tx, agency, {
    where: sql`d.type in ('cases.data.opened.v1', 'referrals.package.opened.v1', 'referrals.break_glass.opened.v1')
      and d.outcome = 'ok' and ${where} and ${paged}`,
    order: sql`f.n desc`,
    limit: limit + 1,
  })
  const items = rows.slice(0, limit).map((row) => openingOf(row, agency))
  const last = items.at(-1)
  return {
    items,
    next: rows.length > limit && last !== undefined ? cursorOf([last.n]) : null,
    nobody: items.length === 0 && before === null,
  }
}
