import type postgres from 'postgres'

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
/** Anybody may read the directory, but not who holds which place, nor how full others are. */
const PUBLIC = [
  'directory.agency',
  'directory.service',
  'directory.hsds_row',
  'directory.hsds_link',
]
/** What every request writes: records of itself. */
const OWN_RECORD = ['journal.answer', 'journal.entry', 'journal.inbox', 'identity.attempt']
/** What its administrator changes by right, programs that the callers are, and what clocks do. */
const OF_THE_HUB = [
  'cases.gap_setting',
  'identity.client',
  'audit.rule',
  'referrals.agreement',
  'cases.pathway',
  'cases.gap',
  'journal.timer',
  'consent.permit_key',
]

export const uuidsIn = (text: string): readonly string[] => text.match(UUID) ?? []

/** Rows of every table of the hub as text, by table. */
export type Rows = ReadonlyMap<string, ReadonlySet<string>>

export const rowsOf = async (admin: postgres.Sql): Promise<Rows> => {
  const tables = await admin<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('cases', 'consent', 'referrals', 'messages', 'directory', 'identity',
       'notifications', 'audit', 'journal') order by 1`
  const reading = tables.map(async ({ name }) => {
    const rows = await admin.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`)
    return [name, new Set(rows.map(({ row }) => row))] as const
  })
  return new Map(await Promise.all(reading))
}

/** Every id in these rows that is not for everybody to read. */
export const privateIds = (rows: Rows, known: readonly string[]): Set<string> => {
  const open = new Set(known)
  for (const table of PUBLIC) {
    for (const row of rows.get(table) ?? []) for (const id of uuidsIn(row)) open.add(id)
  }
  const ids = new Set<string>()
  for (const [table, all] of rows) {
    if (PUBLIC.includes(table)) continue
    for (const row of all) for (const id of uuidsIn(row)) if (!open.has(id)) ids.add(id)
  }
  return ids
}

/** What strangers did to rows that are not theirs: changed, removed, or named in rows of their own. */
export const tamperedIn = (before: Rows, after: Rows, ids: ReadonlySet<string>): string[] => {
  const found: string[] = []
  for (const [table, rows] of before) {
    if (table.startsWith('audit.') || [...OWN_RECORD, ...OF_THE_HUB].includes(table)) continue
    const now = after.get(table) ?? new Set()
    for (const row of rows) if (!now.has(row)) found.push(`${table} lost ${row}`)
    for (const row of now) {
      const isNew = !rows.has(row)
      if (isNew && uuidsIn(row).some((id) => ids.has(id))) found.push(`${table} gained ${row}`)
    }
  }
  return found
}
