import { sql } from 'drizzle-orm'
import type { Tx } from '../../../src/db.ts'
import { listCollection, type Collection, type Filter, type Listed } from './listing.ts'
import type { Table } from './relations.ts'
import { createAssembler, createRows, type Depth, type Document, type Rows } from './rows.ts'
import { importedRows, ownOrganizationRows, ownServiceRows } from './store.ts'
import { placeId } from './taxonomies.ts'

const merged = (parts: readonly Rows[]): Rows => {
  const { rows, add } = createRows()
  for (const part of parts) {
    for (const table of part.values()) for (const row of table.values()) add(row)
  }
  return rows
}

const gather = async (
  tx: Tx,
  collection: Collection,
  items: readonly Listed[],
  withServices: boolean,
): Promise<Rows> => {
  const own = items.filter((item) => item.is_own).map((item) => item.id)
  const imported = items.filter((item) => !item.is_own).map((item) => item.id)
  const ownRows =
    collection === 'organization'
      ? await ownOrganizationRows(tx, own, withServices)
      : await ownServiceRows(tx, own)
  const { rows, add } = createRows()
  if (imported.length > 0) {
    for (const row of await importedRows(tx, collection, imported)) add(row)
  }
  return merged([ownRows, rows])
}

/** The hub's own place of a service is named after the service. */
const documentId = (collection: Collection, item: Listed): string =>
  item.is_own && collection === 'service_at_location' ? placeId(item.id) : item.id

/** Services of an organization by their simple facts; `full_service` asks for all of them. */
const shorten = (document: Document): Document => {
  const services = document['services']
  if (!Array.isArray(services)) return document
  const short = (services as Document[]).map(({ id, name, status }) => ({ id, name, status }))
  return { ...document, services: short }
}

export interface Shown {
  readonly depth: Depth
  readonly fullService: boolean
}

/** The documents of a page, in its order. */
export const documentsOf = async (
  tx: Tx,
  collection: Collection,
  items: readonly Listed[],
  { depth, fullService }: Shown,
): Promise<Document[]> => {
  const rows = await gather(tx, collection, items, depth === 'full')
  const assembler = createAssembler(rows)
  return items.flatMap((item) => {
    const document = assembler.document(collection, documentId(collection, item), depth)
    if (document === null) return []
    return [fullService ? document : shorten(document)]
  })
}

export const pageOf = async (
  tx: Tx,
  collection: Collection,
  filter: Filter,
  page: { readonly limit: number; readonly offset: number },
  shown: Shown,
): Promise<{ readonly total: number; readonly contents: Document[] }> => {
  const { items, total } = await listCollection(tx, collection, filter, page)
  return { total, contents: await documentsOf(tx, collection, items, shown) }
}

const OWN_IDS = {
  service: sql`select s.id from directory.service s join directory.agency a on a.id = s.agency
    where s.active and a.active`,
  organization: sql`select s.id from directory.agency s where s.active`,
  service_at_location: sql`select s.id from directory.service s
    join directory.agency a on a.id = s.agency where s.active and a.active and not a.confidential`,
} as const
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether an id is the hub's own or was imported. Null: neither. */
const findListed = async (tx: Tx, collection: Collection, id: string): Promise<Listed | null> => {
  if (UUID.test(id)) {
    const ownId = collection === 'service_at_location' ? placeId(id) : id
    const [own] = await tx.execute<{ id: string }>(sql`${OWN_IDS[collection]} and s.id = ${ownId}`)
    if (own !== undefined) return { id: own.id, is_own: true }
  }
  const [imported] = await tx.execute<{ id: string }>(sql`
    select id from directory.hsds_row where tbl = ${collection} and id = ${id}`)
  return imported === undefined ? null : { id: imported.id, is_own: false }
}

/** @returns null when there is no such document, or it is not shown */
export const oneDocument = async (
  tx: Tx,
  collection: Collection,
  id: string,
  fullService: boolean,
): Promise<Document | null> => {
  const item = await findListed(tx, collection, id)
  if (item === null) return null
  const [document] = await documentsOf(tx, collection, [item], { depth: 'full', fullService })
  return document ?? null
}

/** Imported rows of a table that is not nested in a collection: taxonomies and their terms. */
export const importedDocuments = async (
  tx: Tx,
  table: Table,
  ids: readonly string[],
): Promise<Document[]> => {
  const { rows, add } = createRows()
  for (const row of await importedRows(tx, table, ids)) add(row)
  const assembler = createAssembler(rows)
  return ids
    .map((id) => assembler.document(table, id, 'full'))
    .filter((document) => document !== null)
}
