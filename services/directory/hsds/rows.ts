import { childrenOf, linksOf, referencesOf, type Table } from './relations.ts'

export type Value = string | number | boolean | null | object
export type Document = Readonly<Record<string, unknown>>

/** One row of a table of HSDS: what it says, and whose it is. */
export interface Row {
  readonly table: Table
  readonly id: string
  /** Its own columns, without those that say whose it is. */
  readonly own: Document
  /** By column: the ids of what it belongs to or names; several when a document repeats it. */
  readonly links: Readonly<Record<string, readonly string[]>>
}

/** Rows by table and id, in the order in which they came. */
export type Rows = ReadonlyMap<Table, ReadonlyMap<string, Row>>

const isObject = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const idOf = (value: unknown): string | null =>
  isObject(value) && typeof value['id'] === 'string' ? value['id'] : null

/** Gathers rows; the same row met again adds to what is known of it. */
export const createRows = () => {
  const tables = new Map<Table, Map<string, Row>>()
  const add = (row: Row): void => {
    const table = tables.get(row.table) ?? new Map<string, Row>()
    tables.set(row.table, table)
    const known = table.get(row.id)
    const links: Record<string, readonly string[]> = { ...known?.links }
    for (const [key, ids] of Object.entries(row.links)) {
      links[key] = [...new Set([...(links[key] ?? []), ...ids])]
    }
    table.set(row.id, { ...row, own: { ...known?.own, ...row.own }, links })
  }

  /** Takes a nested document apart. What has no id, or no place in HSDS, stays as it is. */
  const addDocument = (table: Table, document: Document, whose: Row['links'] = {}): void => {
    const id = idOf(document)
    if (id === null) return
    const own: Record<string, unknown> = { ...document }
    const links: Record<string, string[]> = {}
    for (const { property, table: target, key } of referencesOf(table)) {
      const named = idOf(document[property])
      if (named === null) continue
      delete own[property]
      links[key] = [named]
      addDocument(target, document[property] as Document)
    }
    for (const { property, table: child, key } of childrenOf(table)) {
      const items = document[property]
      if (
        !Array.isArray(items) ||
        items.length === 0 ||
        items.some((item) => idOf(item) === null)
      ) {
        continue
      }
      delete own[property]
      for (const item of items) addDocument(child, item as Document, { [key]: [id] })
    }
    add({ table, id, own, links: { ...links, ...whose } })
  }

  /** Takes a line of a table: the columns that say whose it is are kept apart. */
  const addLine = (table: Table, line: Document): void => {
    const id = idOf(line)
    if (id === null) return
    const own: Record<string, unknown> = { ...line }
    const links: Record<string, string[]> = {}
    for (const key of linksOf(table).keys()) {
      if (typeof line[key] !== 'string') continue
      links[key] = [line[key]]
      delete own[key]
    }
    add({ table, id, own, links })
  }
  return { rows: tables as Rows, add, addDocument, addLine }
}

/** How much of what hangs together an answer shows. */
export type Depth = 'full' | 'simple'

const single = (row: Row, key: string): string | null => row.links[key]?.[0] ?? null

/** Puts the document of a row together again. */
export const createAssembler = (rows: Rows) => {
  const byParent = new Map<string, Row[]>()
  for (const table of rows.values()) {
    for (const row of table.values()) {
      for (const [key, ids] of Object.entries(row.links)) {
        for (const id of ids) {
          const place = `${row.table} ${key} ${id}`
          byParent.set(place, [...(byParent.get(place) ?? []), row])
        }
      }
    }
  }
  const find = (table: Table, id: string | null): Row | undefined =>
    id === null ? undefined : rows.get(table)?.get(id)

  /** A link that leads nowhere stays a column: nothing that was said is lost. */
  const loose = (row: Row): Record<string, string> => {
    const columns: Record<string, string> = {}
    for (const [key, target] of linksOf(row.table)) {
      const id = single(row, key)
      if (id === null) continue
      const isKnown =
        target === null
          ? [...rows.values()].some((table) => table.has(id))
          : find(target, id) !== undefined
      if (!isKnown) columns[key] = id
    }
    return columns
  }

  /** A count without its unit says nothing, and the standard does not take it. */
  const isWhole = (row: Row): boolean =>
    row.table !== 'service_capacity' || find('unit', single(row, 'unit_id')) !== undefined

  const documentOf = (row: Row, depth: Depth, above: readonly Table[]): Document => {
    const document: Record<string, unknown> = { ...row.own, ...loose(row) }
    const path = [...above, row.table]
    for (const { property, table, key } of referencesOf(row.table)) {
      const named = path.includes(table) ? undefined : find(table, single(row, key))
      if (named !== undefined) document[property] = documentOf(named, depth, path)
    }
    if (depth === 'simple') return document
    for (const { property, table, key } of childrenOf(row.table)) {
      // What an organization offers is told where it is asked for itself, not within a service.
      if (path.includes(table) || (table === 'service' && above.length > 0)) continue
      const items = (byParent.get(`${table} ${key} ${row.id}`) ?? []).filter(isWhole)
      if (items.length > 0) document[property] = items.map((item) => documentOf(item, depth, path))
    }
    return document
  }
  return {
    /** @returns null when there is no such row */
    document: (table: Table, id: string, depth: Depth): Document | null => {
      const row = find(table, id)
      return row === undefined ? null : documentOf(row, depth, [])
    },
  }
}
