import { sql, type SQL } from 'drizzle-orm'
import type { Agency, Service } from '../../../src/contracts/directory.ts'
import type { Tx } from '../../../src/db.ts'
import { placesOf } from '../places.ts'
import { agency, service } from '../tables.ts'
import { organizationDocument, serviceDocument } from './own.ts'
import { childrenOf, referencesOf, type Table } from './relations.ts'
import { createRows, type Row, type Rows } from './rows.ts'

interface StoredRow extends Record<string, unknown> {
  readonly tbl: Table
  readonly id: string
  readonly own: Row['own']
  readonly links: Row['links']
}

const toRow = ({ tbl, id, own, links }: StoredRow): Row => ({ table: tbl, id, own, links })

const texts = (values: readonly string[]): SQL =>
  sql`array(select jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb))`

/** How deep documents of the standard nest: service, organization, location, contact, phone, language. */
const MOST_LEVELS = 7

/** Pairs of table and column by which rows hang below others, as one list for a query. */
const hangsBelow = (tables: ReadonlySet<Table>, root: Table): string[] =>
  [...tables].flatMap((table) =>
    childrenOf(table)
      .filter((child) => child.table !== root)
      .filter((child) => child.table !== 'service' || root === 'organization')
      .map((child) => `${child.table} ${child.key}`),
  )

/** Imported rows with all that hangs together with them, as the assembler needs them. */
export const importedRows = async (tx: Tx, root: Table, ids: readonly string[]): Promise<Row[]> => {
  const known = new Map<string, Row>()
  let wanted: string[] = ids.map((id) => `${root} ${id}`)
  for (let level = 0; level < MOST_LEVELS && wanted.length > 0; level += 1) {
    const rows = await tx.execute<StoredRow>(sql`
      select r.tbl, r.id, r.own, r.links from directory.hsds_row r
      join unnest(${texts(wanted)}) as w (place)
        on r.tbl = split_part(w.place, ' ', 1) and r.id = split_part(w.place, ' ', 2)`)
    const fresh = rows.map(toRow)
    for (const row of fresh) known.set(`${row.table} ${row.id}`, row)
    const pairs = hangsBelow(new Set(fresh.map((row) => row.table)), root)
    const below = await tx.execute<{ place: string }>(sql`
      select distinct l.tbl || ' ' || l.id as place from directory.hsds_link l
      where l.target = any(${texts(fresh.map((row) => row.id))})
        and l.tbl || ' ' || l.key = any(${texts(pairs)})`)
    const named = fresh.flatMap((row) =>
      referencesOf(row.table).flatMap(({ table, key }) =>
        (row.links[key] ?? []).map((id) => `${table} ${id}`),
      ),
    )
    const next = [...below.map((row) => row.place), ...named]
    wanted = [...new Set(next)].filter((place) => !known.has(place))
  }
  return [...known.values()]
}

interface OwnRow extends Record<string, unknown> {
  readonly changed_at: string
}

/** Services of the hub as rows of the standard. */
export const ownServiceRows = async (tx: Tx, ids: readonly string[]): Promise<Rows> => {
  const gathered = createRows()
  if (ids.length === 0) return gathered.rows
  const found = await tx
    .select({ service, agency, changed_at: sql<string>`${service}.changed_at` })
    .from(service)
    .innerJoin(agency, sql`${agency.id} = ${service.agency}`)
    .where(sql`${service.id} = any(${texts(ids)}::uuid[])`)
  const places = await placesOf(tx, ids)
  for (const row of found as (OwnRow & { service: Service; agency: Agency })[]) {
    const counted = places.filter((place) => place.service === row.service.id)
    gathered.addDocument('service', serviceDocument({ ...row, places: counted }))
  }
  return gathered.rows
}

/** Agencies of the hub as rows of the standard, with what they offer when asked. */
export const ownOrganizationRows = async (
  tx: Tx,
  ids: readonly string[],
  withServices: boolean,
): Promise<Rows> => {
  const gathered = createRows()
  if (ids.length === 0) return gathered.rows
  const found = await tx
    .select()
    .from(agency)
    .where(sql`${agency.id} = any(${texts(ids)}::uuid[])`)
  for (const row of found) gathered.addDocument('organization', organizationDocument(row))
  if (!withServices) return gathered.rows
  const offered = await tx.execute<{ id: string }>(sql`
    select s.id from directory.service s where s.agency = any(${texts(ids)}::uuid[]) and s.active
    order by s.name_id, s.id limit 1000`)
  const services = await ownServiceRows(
    tx,
    offered.map((row) => row.id),
  )
  for (const table of services.values()) for (const row of table.values()) gathered.add(row)
  return gathered.rows
}
