import { sql } from 'drizzle-orm'
import type { ImportCounts, ImportLine, ImportRead } from '../../../src/contracts/hsds.ts'
import type { Tx } from '../../../src/db.ts'
import { newId } from '../../../src/id.ts'
import type { CheckedRow, Known } from './check.ts'
import type { Package } from './package.ts'
import type { Row } from './rows.ts'
import type { Table } from './relations.ts'

const json = (value: unknown) => sql`${JSON.stringify(value)}::text::jsonb`

/** What the hub holds of what a package names. */
export const knownOf = async (tx: Tx, given: Package): Promise<Known> => {
  const ids = new Set<string>()
  for (const table of given.rows.values()) {
    for (const row of table.values()) {
      ids.add(row.id)
      for (const linked of Object.values(row.links)) for (const id of linked) ids.add(id)
    }
  }
  const asked = json([...ids])
  const rows = await tx.execute<{
    tbl: Table
    id: string
    own: Row['own']
    links: Row['links']
  }>(sql`
    select r.tbl, r.id, r.own, r.links from directory.hsds_row r
    where r.id in (select jsonb_array_elements_text(${asked}))`)
  const own = await tx.execute<{ id: string }>(sql`
    with asked as (select distinct lower(id) as id from jsonb_array_elements_text(${asked}) as id
      where id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
    select s.id::text from directory.service s where s.id in (select id::uuid from asked)
    union all
    select a.id::text from directory.agency a where a.id in (select id::uuid from asked)`)
  return {
    imported: new Map(
      rows.map(({ tbl, id, ...row }) => [`${tbl} ${id}`, { table: tbl, id, ...row }]),
    ),
    own: new Set(own.map((row) => row.id)),
  }
}

export const countsOf = (checked: readonly CheckedRow[]): ImportCounts => {
  const counts = { new: 0, changed: 0, same: 0, refused: 0, warnings: 0 }
  for (const { outcome, messages } of checked) {
    counts[outcome] += 1
    counts.warnings += messages.filter((message) => message.level === 'warning').length
  }
  return counts
}

/** Keeps a preview with every row of it; nothing is listed yet. */
export const keepPreview = async (tx: Tx, checked: readonly CheckedRow[]): Promise<ImportRead> => {
  const made: ImportRead = {
    id: newId(),
    state: 'previewed',
    counts: countsOf(checked),
    version: 1,
  }
  await tx.execute(sql`
    insert into directory.hsds_import (id, state, counts)
    values (${made.id}, ${made.state}, ${json(made.counts)})`)
  const lines = checked.map(({ row, ...line }) => ({ ...line, own: row.own, links: row.links }))
  await tx.execute(sql`
    insert into directory.hsds_import_line (import, n, file, line, tbl, id, own, links, outcome, messages)
    select ${made.id}, l.n, l.file, l.line, l."table", l.id, l.own, l.links, l.outcome, l.messages
    from jsonb_to_recordset(${json(lines)}) as l(n int, file text, line int, "table" text, id text,
      own jsonb, links jsonb, outcome text, messages jsonb)`)
  return made
}

export const importById = async (tx: Tx, id: string): Promise<ImportRead | null> => {
  const [row] = await tx.execute<ImportRead & Record<string, unknown>>(sql`
    select id, state, counts, version from directory.hsds_import where id = ${id}`)
  return row ?? null
}

export const importLines = async (
  tx: Tx,
  id: string,
  outcome: string | null,
  after: number,
  limit: number,
): Promise<ImportLine[]> =>
  await tx.execute<ImportLine & Record<string, unknown>>(sql`
    select n, file, line, tbl as "table", id, outcome, messages from directory.hsds_import_line
    where import = ${id} and n > ${after} and (${outcome}::text is null or outcome = ${outcome})
    order by n limit ${limit}`)

/**
 * Lists the rows of a preview that were not refused; by compare-and-set, so that it happens once.
 * @returns null when somebody was first
 */
export const applyPreview = async (
  tx: Tx,
  id: string,
  version: number,
): Promise<ImportRead | null> => {
  const [applied] = await tx.execute<ImportRead & Record<string, unknown>>(sql`
    update directory.hsds_import set state = 'applied', version = version + 1,
      applied_at = clock_timestamp()
    where id = ${id} and version = ${version} and state = 'previewed'
    returning id, state, counts, version`)
  if (applied === undefined) return null
  const landing = sql`directory.hsds_import_line l where l.import = ${id}
    and l.outcome in ('new', 'changed')`
  await tx.execute(sql`
    insert into directory.hsds_row as r (tbl, id, name, own, links, import)
    select l.tbl, l.id, coalesce(l.own ->> 'name', ''), l.own, l.links, l.import from ${landing}
    order by l.n
    on conflict (tbl, id) do update set name = excluded.name, own = excluded.own,
      links = excluded.links, import = excluded.import, changed_at = clock_timestamp()`)
  await tx.execute(sql`
    delete from directory.hsds_link k using ${landing} and k.tbl = l.tbl and k.id = l.id`)
  await tx.execute(sql`
    insert into directory.hsds_link (tbl, id, key, target)
    select distinct l.tbl, l.id, link.key, target
    from directory.hsds_import_line l, jsonb_each(l.links) as link,
      jsonb_array_elements_text(link.value) as target
    where l.import = ${id} and l.outcome in ('new', 'changed')`)
  return applied
}
