import postgres from 'postgres'
import { MIN_SERVER, ownVersions, readVersions } from '../../src/migrate.ts'
import { isRefused } from '../../src/outage.ts'
import { found, type Finding, type Looked } from './finding.ts'

const CONNECT_S = 5
const CLOCK_OFF_MS = 2_000
/** A ledger places what is committed within a second or two. */
const LEDGER_BEHIND_S = 30
const TIMERS_LATE_S = 120
/** Of all connections that the server lets in. */
const SCARCE = 0.9
const WITNESS_SILENT_H = 24

const lookAtSchema = async (sql: postgres.Sql): Promise<Finding[]> => {
  const versions = await readVersions(sql)
  const counts: { behind: string[]; ahead: string[] } = { behind: [], ahead: [] }
  for (const [name, newest] of Object.entries(ownVersions())) {
    const at = Number(versions[name] ?? 0)
    if (at < Number(newest)) counts.behind.push(name)
    if (at > Number(newest)) counts.ahead.push(name)
  }
  return [
    ...(counts.behind.length > 0
      ? [found('schema_behind', { parts: counts.behind.join(', ') })]
      : []),
    ...(counts.ahead.length > 0 ? [found('schema_ahead', { parts: counts.ahead.join(', ') })] : []),
  ]
}

const lookAtServer = async (sql: postgres.Sql): Promise<Finding[]> => {
  const before = Date.now()
  const [row] = await sql<{ version: number; now: string; used: number; most: number }[]>`
    select current_setting('server_version_num')::int as version,
      (extract(epoch from clock_timestamp()) * 1000)::bigint::text as now,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
      current_setting('max_connections')::int as most`
  const after = Date.now()
  if (row === undefined) return []
  const findings: Finding[] = []
  if (row.version < MIN_SERVER) findings.push(found('database_old', { version: row.version }))
  const now = Number(row.now)
  const offMs = now < before ? before - now : Math.max(0, now - after)
  if (offMs > CLOCK_OFF_MS) findings.push(found('clock_off', { seconds: Math.round(offMs / 1000) }))
  if (row.used > row.most * SCARCE) {
    findings.push(found('connections_scarce', { used: row.used, most: row.most }))
  }
  return findings
}

const lookAtLedger = async (sql: postgres.Sql): Promise<Finding[]> => {
  const [row] = await sql<{ n: number; age: number }[]>`
    select count(*)::int as n,
      coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::int as age from journal.entry`
  const isBehind = row !== undefined && row.age > LEDGER_BEHIND_S
  return isBehind ? [found('ledger_behind', { count: row.n, seconds: row.age })] : []
}

const lookAtClocks = async (sql: postgres.Sql): Promise<Finding[]> => {
  const [row] = await sql<{ n: number; age: number }[]>`
    select count(*)::int as n,
      coalesce(extract(epoch from clock_timestamp() - min(due)), 0)::int as age
    from journal.timer
    where fired_at is null and due < clock_timestamp() - make_interval(secs => ${TIMERS_LATE_S})`
  return row !== undefined && row.n > 0
    ? [found('timers_late', { count: row.n, seconds: row.age })]
    : []
}

const lookAtNotices = async (sql: postgres.Sql): Promise<Finding[]> => {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from notifications.task
    where agency is null and done_at is null`
  return row !== undefined && row.n > 0 ? [found('tasks_open', { count: row.n })] : []
}

const lookAtWitnesses = async (sql: postgres.Sql): Promise<Finding[]> => {
  const silent = await sql<{ name: string; hours: number | null }[]>`
    select name, floor(extract(epoch from clock_timestamp() - cosigned_at) / 3600)::int as hours
    from audit.witness
    where cosigned_at is null
      or cosigned_at < clock_timestamp() - make_interval(hours => ${WITNESS_SILENT_H})
    order by name limit 20`
  const [newest] = await sql<{ is_quorum: boolean }[]>`
    select is_quorum from audit.witnessed order by size desc limit 1`
  return [
    ...silent.map(({ name, hours }) => found('witness_silent', { name, hours: hours ?? 'never' })),
    ...(newest?.is_quorum === false ? [found('quorum_missing')] : []),
  ]
}

/** Whether the keys in hand are those that the database was made with. */
const fits = async (databaseUrl: string, password: string): Promise<boolean> => {
  const url = new URL(databaseUrl)
  url.username = 'titian_audit'
  url.password = password
  const sql = postgres(url.href, { max: 1, onnotice: () => {}, connect_timeout: CONNECT_S })
  try {
    await sql`select 1`
    return true
  } catch (error) {
    return !isRefused(error)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/**
 * Looks at Postgres and at what it keeps; changes nothing.
 * `password`: of the role titian_audit, as the keys in hand say; null where there are no keys.
 */
export const lookAtDatabase = async (
  databaseUrl: string,
  password: string | null,
): Promise<readonly Looked[]> => {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: CONNECT_S })
  try {
    const server = await lookAtServer(sql)
    const schema = await lookAtSchema(sql)
    const database = { part: 'database', findings: [...server, ...schema] } as const
    if (schema.some(({ code }) => code === 'schema_behind')) return [database]
    await sql.unsafe('set role titian_owner')
    const isForeign = password !== null && !(await fits(databaseUrl, password))
    return [
      database,
      { part: 'keys', findings: isForeign ? [found('keys_foreign')] : [] },
      { part: 'ledger', findings: await lookAtLedger(sql) },
      { part: 'clocks', findings: await lookAtClocks(sql) },
      { part: 'notices', findings: await lookAtNotices(sql) },
      { part: 'witnesses', findings: await lookAtWitnesses(sql) },
    ]
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'no answer'
    const finding = isRefused(error) ? 'database_refused' : 'database_away'
    return [{ part: 'database', findings: [found(finding, { code })] }]
  } finally {
    await sql.end({ timeout: 1 })
  }
}
