import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyFolder } from 'drizzle-orm/postgres-js/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { StartFailure } from './embedded/failure.ts'

/** In this order: later folders may name roles and schemas of earlier ones. */
export const MIGRATED = [
  'kernel',
  'directory',
  'identity',
  'cases',
  'consent',
  'referrals',
  'messages',
  'audit',
  'notifications',
] as const

/** The schema of each; beside them `drizzle`, which says how far the migrations went. */
export const SCHEMAS: readonly string[] = MIGRATED.map((name) =>
  name === 'kernel' ? 'journal' : name,
)

/** Services with a login role of their own. */
export const ROLES = [
  'identity',
  'directory',
  'cases',
  'consent',
  'referrals',
  'messages',
  'notifications',
  'audit',
  'portal',
].map((name) => `titian_${name}`)

export interface MigrateOptions {
  /** A role that may create roles and schemas. */
  readonly adminUrl: string
  readonly databasePassword: (role: string) => string
  readonly progress?: (text: string) => void
}

/** As `server_version_num` says it: PostgreSQL 15. */
export const MIN_SERVER = 150_000
const LOCK = 7_184_261

/** A folder of SQL for each of `MIGRATED`. */
const MIGRATIONS = join(import.meta.dirname, '..', 'drizzle')

/** How far the migrations of each folder went: when the newest one was written, in milliseconds. */
export const readVersions = async (
  sql: postgres.Sql | postgres.TransactionSql,
): Promise<Record<string, string>> => {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'drizzle' order by 1`
  const versions: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await sql<{ at: string }[]>`
      select coalesce(max(created_at), 0)::text as at from ${sql('drizzle')}.${sql(name)}`
    versions[name] = row?.at ?? '0'
  }
  return versions
}

/** How far this program's own migrations go, as `readVersions` says it of a database. */
export const ownVersions = (): Record<string, string> => {
  const versions: Record<string, string> = {}
  for (const name of MIGRATED) {
    const path = join(MIGRATIONS, name, 'meta', '_journal.json')
    if (!existsSync(path)) continue
    const { entries } = JSON.parse(readFileSync(path, 'utf8')) as {
      entries: readonly { readonly when: number }[]
    }
    versions[name] = String(Math.max(0, ...entries.map((entry) => entry.when)))
  }
  return versions
}

/**
 * Until the first release its migrations are edited in place: a database that was made from others is
 * refused with a word, for what is missing in it would fail later and elsewhere.
 */
const demandSame = async (sql: postgres.Sql, name: string, folder: string): Promise<void> => {
  const [table] = await sql<{ there: boolean }[]>`
    select to_regclass(${`drizzle.${name}`}) is not null as there`
  if (table?.there !== true) return
  const applied = await sql<{ hash: string; at: string }[]>`
    select hash, created_at::text as at from ${sql('drizzle')}.${sql(name)}`
  const known = new Map(
    readMigrationFiles({ migrationsFolder: folder }).map((each) => [
      String(each.folderMillis),
      each.hash,
    ]),
  )
  if (applied.every(({ hash, at }) => known.get(at) === hash)) return
  throw new StartFailure(
    'This database was made by another state of Titian before its first release, which it cannot be brought forward from. Move the data folder away, or name another one with DATA_DIR.',
  )
}

const makeRoles = async (sql: postgres.Sql, options: MigrateOptions): Promise<void> => {
  const known = await sql<{ rolname: string }[]>`select rolname from pg_roles`
  const names = new Set(known.map((row) => row.rolname))
  if (!names.has('titian_owner')) await sql.unsafe('create role titian_owner nologin')
  for (const role of ROLES) {
    if (!names.has(role)) await sql.unsafe(`create role ${role} login`)
    const password = options.databasePassword(role).replaceAll("'", "''")
    await sql.unsafe(`alter role ${role} login password '${password}'`)
  }
  const [row] = await sql<{ db: string; me: string }[]>`
    select current_database() as db, current_user as me`
  if (row === undefined) return
  await sql.unsafe(`grant titian_owner to "${row.me}"`)
  await sql.unsafe(`grant create on database "${row.db}" to titian_owner`)
}

/**
 * Brings a database to the current schema. Safe to run from several processes at once: they wait
 * for one another. Everything made is owned by `titian_owner`, which cannot log in.
 */
export const migrate = async (options: MigrateOptions): Promise<void> => {
  const sql = postgres(options.adminUrl, { max: 1, onnotice: () => {}, connect_timeout: 10 })
  try {
    const [server] = await sql<{ version: number }[]>`
      select current_setting('server_version_num')::int as version`
    if (server === undefined || server.version < MIN_SERVER) {
      throw new Error('PostgreSQL 15 or later is needed')
    }
    await sql`select pg_advisory_lock(${LOCK})`
    options.progress?.('preparing the database')
    await makeRoles(sql, options)
    await sql.unsafe('set role titian_owner')
    for (const name of MIGRATED) {
      const migrationsFolder = join(MIGRATIONS, name)
      if (!existsSync(migrationsFolder)) continue
      await demandSame(sql, name, migrationsFolder)
      await applyFolder(drizzle(sql), {
        migrationsFolder,
        migrationsSchema: 'drizzle',
        migrationsTable: name,
      })
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
}
