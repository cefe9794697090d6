import { sql, type SQL } from 'drizzle-orm'
import type { Actor } from '../../src/actor.ts'
import type { AuditItem, AuditPage, AuditQuery } from '../../src/contracts/audit.ts'
import type { Tx } from '../../src/db.ts'
import { Problem } from '../../src/problem.ts'
import { discloseEntry, discloseNumber, type LeafEntry } from './leaf.ts'
import { parseLeaf } from '../../src/proof/leaf.ts'

export interface TrailRow extends Omit<LeafEntry, 'subject'>, Record<string, unknown> {
  readonly position: string
  readonly n: string
  readonly leaf: string
  /** The case as the reader's agency knows it. */
  readonly name: string | null
  /** Null when the entry's content was erased. */
  readonly secret: Buffer | null
  readonly number_secret: Buffer
}

/**
 * A place in a list: the key of the last item, and the highest key when the first page was read.
 * Reading adds an entry; without an end that stands still, a list read in small pages has none.
 */
interface Place {
  readonly last: number
  readonly end: number
}

const cursorOf = ({ last, end }: Place): string => `${last}.${end}`

/** Throws Problem invalid_request. */
const placeOf = (cursor: string): Place => {
  const [, last, end] = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor) ?? []
  if (last !== undefined && end !== undefined) return { last: Number(last), end: Number(end) }
  const message = {
    id: 'Bukan penanda halaman dari hub ini; mulai lagi dari halaman pertama.',
    en: 'It is not a page marker of this hub; begin again at the first page.',
  }
  throw new Problem('invalid_request', { errors: [{ field: 'after', message }] })
}

interface Paging {
  readonly end: number
  readonly where: SQL
  readonly order: SQL
}

/** Conditions and order over a key column, `highest` being its value in the newest entry. */
const pagingOf = (query: AuditQuery, key: SQL, highest: number): Paging => {
  const place = query.after === undefined ? null : placeOf(query.after)
  const end = place?.end ?? highest
  const isNewestFirst = query.order === 'newest'
  const beyond = isNewestFirst ? sql`${key} < ${place?.last}` : sql`${key} > ${place?.last}`
  return {
    end,
    where: place === null ? sql`${key} <= ${end}` : sql`${key} <= ${end} and ${beyond}`,
    order: isNewestFirst ? sql`${key} desc` : sql`${key}`,
  }
}

const pageOf = (
  rows: readonly AuditItem[],
  limit: number,
  end: number,
  whole: boolean,
): AuditPage => {
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  const key = whole ? last?.position : last?.n
  return { items, next: key === undefined || key === null ? null : cursorOf({ last: key, end }) }
}

/** What narrows a trail. */
export type Filters = Pick<
  AuditQuery,
  'case' | 'object' | 'type' | 'outcome' | 'agency' | 'actor' | 'category' | 'from' | 'to'
>

export const filtersOf = (query: Filters, subject: string | null): SQL => {
  const filters = [sql`true`]
  if (query.case !== undefined) filters.push(sql`d.subject = ${subject}::uuid`)
  if (query.object !== undefined) filters.push(sql`d.object = ${query.object}`)
  if (query.type !== undefined) filters.push(sql`d.type = ${query.type}`)
  if (query.outcome !== undefined) filters.push(sql`d.outcome = ${query.outcome}`)
  if (query.agency !== undefined) filters.push(sql`d.agency = ${query.agency}`)
  // Who acted is shown of one's own people alone, and so is searched among them alone.
  if (query.actor !== undefined) filters.push(sql`d.actor = ${query.actor} and d.agency = f.agency`)
  if (query.category !== undefined) filters.push(sql`${query.category} = any(d.categories)`)
  if (query.from !== undefined) filters.push(sql`d.at >= ${query.from}::timestamptz`)
  if (query.to !== undefined) filters.push(sql`d.at <= ${query.to}::timestamptz`)
  return sql.join(filters, sql` and `)
}

/** What an agency may be shown of an entry: its number for ever, the rest until it is erased. */
export const disclosuresOf = (row: TrailRow, agency: string): string[] => {
  const { secret, name: subject, number_secret } = row
  const content = secret === null ? [] : discloseEntry(row, { agency, subject }, secret)
  return [...content, discloseNumber({ agency, n: Number(row.n) }, number_secret)]
}

export const ownItem = (row: TrailRow, agency: string): AuditItem => {
  const { at, type, outcome, leaf, secret, id, purpose, categories, reason, data, name } = row
  const n = Number(row.n)
  const isErased = secret === null
  const content = {
    id,
    agency: row.agency,
    actor: row.agency === agency ? row.actor : null,
    subject: name,
    object: row.object,
    purpose,
    categories,
    reason,
    data,
  }
  return {
    position: Number(row.position),
    n,
    at,
    type,
    outcome,
    leaf,
    disclosures: disclosuresOf(row, agency),
    content: isErased ? null : content,
  } as AuditItem
}

/** The case that an agency means by an id: its own, or the pseudonym that it was given. */
export const subjectOf = async (tx: Tx, agency: string, name: string): Promise<string | null> => {
  const [row] = await tx.execute<{ subject: string }>(
    sql`select subject from audit.name where agency = ${agency} and name = ${name}`,
  )
  return row?.subject ?? null
}

export interface Selection {
  /** Over `f` (audit.feed) and `d` (audit.disclosure). */
  readonly where: SQL
  readonly order: SQL
  readonly limit: number
}

/** Entries of an agency's feed with all that they are disclosed from. */
export const selectOwn = async (
  tx: Tx,
  agency: string,
  { where, order, limit }: Selection,
): Promise<TrailRow[]> =>
  await tx.execute<TrailRow>(sql`
    select f.n, l.position, l.leaf, d.entry as id, audit.written(d.at) as at, d.type, d.outcome,
           d.agency, d.actor, d.object, d.purpose, d.categories, d.reason, d.data, d.secret,
           d.number_secret, d.names[array_position(d.concerned, ${agency}::uuid)] as name
      from audit.feed f
      join audit.leaf l using (position)
      join audit.disclosure d using (position)
     where f.agency = ${agency} and ${where}
     order by ${order} limit ${limit}`)

export interface OwnTrail extends AuditPage {
  /** The case that was searched for; null when none was, or none that the agency knows. */
  readonly subject: string | null
}

/** What concerns the actor's agency, with what that agency may know. Needs an actor of an agency. */
export const readOwnTrail = async (tx: Tx, actor: Actor, query: AuditQuery): Promise<OwnTrail> => {
  const agency = actor.agency
  if (agency === null) throw new Problem('not_found')
  const [head] = await tx.execute<{ n: string }>(
    sql`select n from audit.feed_head where agency = ${agency}`,
  )
  const { end, where, order } = pagingOf(query, sql`f.n`, Number(head?.n ?? 0))
  const subject = query.case === undefined ? null : await subjectOf(tx, agency, query.case)
  const rows = await selectOwn(tx, agency, {
    where: sql`${where} and ${filtersOf(query, subject)}`,
    order,
    limit: query.limit + 1,
  })
  const items = rows.map((row) => ownItem(row, agency))
  return { ...pageOf(items, query.limit, end, false), subject }
}

/** Every entry of the hub as the ledger hashed it, and nothing that a leaf does not say. */
export const readWholeTrail = async (tx: Tx, query: AuditQuery): Promise<AuditPage> => {
  const [head] = await tx.execute<{ size: string | null }>(
    sql`select max(size) as size from audit.checkpoint`,
  )
  const { end, where, order } = pagingOf(query, sql`l.position`, Number(head?.size ?? 0))
  const filters = [where]
  const said = (name: string): SQL => sql`l.leaf::jsonb ->> ${name}`
  if (query.type !== undefined) filters.push(sql`${said('typ')} = ${query.type}`)
  if (query.outcome !== undefined) filters.push(sql`${said('res')} = ${query.outcome}`)
  if (query.from !== undefined) {
    filters.push(sql`(${said('t')})::timestamptz >= ${query.from}::timestamptz`)
  }
  if (query.to !== undefined) {
    filters.push(sql`(${said('t')})::timestamptz <= ${query.to}::timestamptz`)
  }
  const rows = await tx.execute<{ position: string; leaf: string }>(sql`
    select l.position, l.leaf from audit.leaf l where ${sql.join(filters, sql` and `)}
     order by ${order} limit ${query.limit + 1}`)
  const items = rows.map(({ position, leaf }) => {
    const { t, typ, res } = parseLeaf(leaf) ?? { t: '', typ: '', res: '' }
    const said = { at: t, type: typ, outcome: res, n: null, disclosures: [], content: null }
    return { position: Number(position), leaf, ...said } as unknown as AuditItem
  })
  return pageOf(items, query.limit, end, true)
}
