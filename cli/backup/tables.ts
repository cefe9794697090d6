import type postgres from 'postgres'
import { SCHEMAS } from '../../src/migrate.ts'

/** A table as a backup knows it. */
export interface Table {
  /** `schema.name`. */
  readonly name: string
  readonly columns: readonly string[]
  /** Row-level security holds for its owner too. */
  readonly isForced: boolean
}

interface Row extends Table {
  readonly needs: readonly string[]
}

/** A table's name as SQL writes it. */
export const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')

/** Every table of the hub, each after those that it refers to. */
export const listTables = async (sql: postgres.TransactionSql): Promise<readonly Table[]> => {
  const rows = await sql<Row[]>`
    select n.nspname || '.' || c.relname as name, c.relforcerowsecurity as "isForced",
      (select jsonb_agg(format('%I', a.attname) order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      (select coalesce(jsonb_agg(distinct rn.nspname || '.' || r.relname), '[]')
        from pg_constraint k join pg_class r on r.oid = k.confrelid
        join pg_namespace rn on rn.oid = r.relnamespace
        where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname = any(${SCHEMAS}::text[])
    order by name`
  const ordered: Row[] = []
  const placed = new Set<string>()
  while (ordered.length < rows.length) {
    const next = rows.filter(
      (row) => !placed.has(row.name) && row.needs.every((need) => placed.has(need)),
    )
    if (next.length === 0) throw new Error('tables refer to each other in a ring')
    for (const row of next) {
      placed.add(row.name)
      ordered.push(row)
    }
  }
  return ordered.map(({ needs: _needs, ...table }) => table)
}

/** The next number of every sequence. */
export const readSequences = async (
  sql: postgres.TransactionSql,
): Promise<Record<string, string>> => {
  const rows = await sql<{ name: string; next: string }[]>`
    select format('%I.%I', schemaname, sequencename) as name,
      coalesce(last_value + increment_by, start_value)::text as next
    from pg_sequences where schemaname = any(${SCHEMAS}::text[])`
  return Object.fromEntries(rows.map(({ name, next }) => [name, next]))
}
