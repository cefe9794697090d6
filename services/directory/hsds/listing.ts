import { sql, type SQL } from 'drizzle-orm'
import type { Tx } from '../../../src/db.ts'
import { columnOf, termOfId, taxonomyOfId } from './taxonomies.ts'

/** What of a collection is asked. Names are those of the standard's OpenAPI. */
export interface Filter {
  readonly search?: string
  readonly organization_id?: string
  readonly taxonomy_term_id?: string
  readonly taxonomy_id?: string
  readonly modified_after?: string
  readonly postcode?: string
}

export interface Listed {
  readonly id: string
  readonly is_own: boolean
}

export interface ListedPage {
  readonly items: readonly Listed[]
  readonly total: number
}

const NONE = sql`false`
const all = (conditions: readonly (SQL | undefined)[]): SQL =>
  sql.join([sql`true`, ...conditions.filter((condition) => condition !== undefined)], sql` and `)

const matches = (vector: SQL, search: string | undefined): SQL | undefined =>
  search === undefined ? undefined : sql`${vector} @@ websearch_to_tsquery('simple', ${search})`

const OWN_SERVICE_TEXT = sql`to_tsvector('simple', s.name_id || ' ' || s.name_en || ' ' || s.summary_id || ' ' || s.summary_en)`
const OWN_AGENCY_TEXT = sql`to_tsvector('simple', a.name_id || ' ' || a.name_en)`
const IMPORTED_TEXT = sql`to_tsvector('simple', r.name || ' ' || coalesce(r.own ->> 'alternate_name', '') || ' ' || coalesce(r.own ->> 'description', ''))`

/** Services of the hub that carry a term of one of its own taxonomies. */
const ownTerm = (id: string | undefined): SQL | undefined => {
  if (id === undefined) return undefined
  const term = termOfId(id)
  if (term === undefined) return NONE
  const column = sql`s.${sql.identifier(term.column)}`
  return term.column === 'stage'
    ? sql`${column} = ${term.code}`
    : sql`${column} @> array[${term.code}]::text[]`
}

const ownTaxonomy = (id: string | undefined): SQL | undefined => {
  if (id === undefined) return undefined
  const name = taxonomyOfId(id)
  if (name === undefined) return NONE
  const column = columnOf(name)
  return column === 'stage' ? undefined : sql`cardinality(s.${sql.identifier(column)}) > 0`
}

/** Imported rows with an attribute of this term, or of a term of this taxonomy. */
const importedTerm = (filter: Filter, subject: SQL): SQL | undefined => {
  const { taxonomy_term_id: term, taxonomy_id: taxonomy } = filter
  if (term === undefined && taxonomy === undefined) return undefined
  return sql`exists (select from directory.hsds_link whose
    join directory.hsds_link term on term.tbl = 'attribute' and term.id = whose.id
      and term.key = 'taxonomy_term_id'
    where whose.tbl = 'attribute' and whose.key = 'link_id' and whose.target = ${subject}
      ${term === undefined ? sql`` : sql`and term.target = ${term}`}
      ${
        taxonomy === undefined
          ? sql``
          : sql`and exists (select from directory.hsds_link l where l.tbl = 'taxonomy_term'
              and l.id = term.target and l.key = 'taxonomy_id' and l.target = ${taxonomy})`
      })`
}

const names = (tbl: string, row: SQL, key: string, target: SQL | string): SQL =>
  sql`exists (select from directory.hsds_link l where l.tbl = ${tbl} and l.id = ${row}
    and l.key = ${key} and l.target = ${target})`

const ownAgency = (id: string): SQL =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? sql`s.agency = ${id}` : NONE

const ownServices = (filter: Filter): SQL =>
  all([
    sql`a.active`,
    sql`s.active`,
    matches(OWN_SERVICE_TEXT, filter.search),
    filter.organization_id === undefined ? undefined : ownAgency(filter.organization_id),
    ownTerm(filter.taxonomy_term_id),
    ownTaxonomy(filter.taxonomy_id),
    filter.modified_after === undefined ? undefined : sql`s.changed_at >= ${filter.modified_after}`,
    filter.postcode === undefined ? undefined : NONE,
  ])

const importedServices = (filter: Filter, row: SQL): SQL =>
  all([
    matches(IMPORTED_TEXT, filter.search),
    filter.organization_id === undefined
      ? undefined
      : names('service', row, 'organization_id', filter.organization_id),
    importedTerm(filter, row),
    filter.modified_after === undefined ? undefined : sql`r.changed_at >= ${filter.modified_after}`,
  ])

const atLocation = (filter: Filter): SQL =>
  all([
    filter.postcode === undefined
      ? undefined
      : sql`exists (select from directory.hsds_link at
          join directory.hsds_link whose on whose.tbl = 'address' and whose.key = 'location_id'
            and whose.target = at.target
          join directory.hsds_row address on address.tbl = 'address' and address.id = whose.id
          where at.tbl = 'service_at_location' and at.id = x.id and at.key = 'location_id'
            and address.own ->> 'postal_code' = ${filter.postcode})`,
  ])

/** The union of what is the hub's own and what was imported: id, name, is_own. */
const SOURCES = {
  service: (filter: Filter) => sql`
    select s.id::text as id, s.name_id as name, true as is_own
    from directory.service s join directory.agency a on a.id = s.agency
    where ${ownServices(filter)}
    union all
    select r.id, r.name, false from directory.hsds_row r
    where r.tbl = 'service' and ${importedServices(filter, sql`r.id`)}`,
  organization: (filter: Filter) => sql`
    select a.id::text as id, a.name_id as name, true as is_own from directory.agency a
    where ${all([
      sql`a.active`,
      matches(OWN_AGENCY_TEXT, filter.search),
      filter.taxonomy_term_id === undefined && filter.taxonomy_id === undefined
        ? undefined
        : sql`exists (select from directory.service s where s.agency = a.id and s.active and ${all([
            ownTerm(filter.taxonomy_term_id),
            ownTaxonomy(filter.taxonomy_id),
          ])})`,
    ])}
    union all
    select r.id, r.name, false from directory.hsds_row r
    where r.tbl = 'organization' and ${all([matches(IMPORTED_TEXT, filter.search), importedTerm(filter, sql`r.id`)])}`,
  // Of the hub's own, offices alone; the id is that of the service, as the place has none in the hub.
  service_at_location: (filter: Filter) => sql`
    select s.id::text as id, s.name_id as name, true as is_own
    from directory.service s join directory.agency a on a.id = s.agency
    where not a.confidential and ${ownServices(filter)}
    union all
    select x.id, r.name, false from directory.hsds_row x
    join directory.hsds_link whose on whose.tbl = x.tbl and whose.id = x.id
      and whose.key = 'service_id'
    join directory.hsds_row r on r.tbl = 'service' and r.id = whose.target
    where x.tbl = 'service_at_location' and ${importedServices(filter, sql`r.id`)}
      and ${atLocation(filter)}`,
} as const
export type Collection = keyof typeof SOURCES

/** One page by name, and how many there are in all. */
export const listCollection = async (
  tx: Tx,
  collection: Collection,
  filter: Filter,
  page: { readonly limit: number; readonly offset: number },
): Promise<ListedPage> => {
  const rows = await tx.execute<{ id: string; is_own: boolean; total: number }>(sql`
    with found as materialized (${SOURCES[collection](filter)})
    select id, is_own, (select count(*)::int from found) as total from found
    order by name, id limit ${page.limit} offset ${page.offset}`)
  const [first] = rows
  if (first !== undefined) return { items: rows, total: first.total }
  const [counted] = await tx.execute<{ total: number }>(sql`
    select count(*)::int as total from (${SOURCES[collection](filter)}) found`)
  return { items: [], total: counted?.total ?? 0 }
}
