import { sql } from 'drizzle-orm'
import type { HsdsQuery } from '../../../src/contracts/hsds.ts'
import type { Tx } from '../../../src/db.ts'
import { importedDocuments } from './publish.ts'
import type { Document } from './rows.ts'
import { OWN_TERMS, TAXONOMY_NAMES, taxonomyDocument, termDocument } from './taxonomies.ts'

export type TermTable = 'taxonomy' | 'taxonomy_term'

/** The hub's own code lists; they are few and never change while it runs. */
const OWN: Readonly<Record<TermTable, readonly Document[]>> = {
  taxonomy: TAXONOMY_NAMES.map(taxonomyDocument),
  taxonomy_term: OWN_TERMS.map(({ taxonomy, code }) => termDocument(taxonomy, code)),
}

const taxonomyIdOf = (document: Document): unknown =>
  (document['taxonomy_detail'] as Document | undefined)?.['id']

const isAsked = (document: Document, query: HsdsQuery): boolean => {
  const { search, taxonomy_id: taxonomy, parent_id: parent } = query
  const text = `${String(document['name'])} ${String(document['description'])}`.toLowerCase()
  if (search !== undefined && !text.includes(search.toLowerCase())) return false
  if (taxonomy !== undefined && taxonomyIdOf(document) !== taxonomy) return false
  return parent === undefined || document['parent_id'] === parent
}

/** The hub's own first, then imported ones by name. */
export const pageOfTerms = async (
  tx: Tx,
  table: TermTable,
  query: HsdsQuery,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly total: number; readonly contents: Document[] }> => {
  const { search = null, taxonomy_id: taxonomy = null, parent_id: parent = null } = query
  const own = OWN[table].filter((document) => isAsked(document, query))
  const where = sql`r.tbl = ${table}
    and (${search}::text is null or to_tsvector('simple', r.name || ' '
      || coalesce(r.own ->> 'alternate_name', '') || ' ' || coalesce(r.own ->> 'description', ''))
      @@ websearch_to_tsquery('simple', ${search}))
    and (${taxonomy}::text is null or exists (select from directory.hsds_link l
      where l.tbl = r.tbl and l.id = r.id and l.key = 'taxonomy_id' and l.target = ${taxonomy}))
    and (${parent}::text is null or r.own ->> 'parent_id' = ${parent})
    and (${query.top_only ?? false} = false or r.own ->> 'parent_id' is null)`
  const [counted] = await tx.execute<{ n: number }>(
    sql`select count(*)::int as n from directory.hsds_row r where ${where}`,
  )
  const shown = own.slice(offset, offset + limit)
  const rows = await tx.execute<{ id: string }>(sql`
    select r.id from directory.hsds_row r where ${where} order by r.name, r.id
    limit ${limit - shown.length} offset ${Math.max(0, offset - own.length)}`)
  const imported = await importedDocuments(
    tx,
    table,
    rows.map((row) => row.id),
  )
  return { total: own.length + (counted?.n ?? 0), contents: [...shown, ...imported] }
}

export const oneTerm = async (tx: Tx, table: TermTable, id: string): Promise<Document | null> => {
  const own = OWN[table].find((document) => document['id'] === id)
  if (own !== undefined) return own
  const [imported] = await importedDocuments(tx, table, [id])
  return imported ?? null
}
