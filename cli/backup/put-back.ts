import { join } from 'node:path'
import postgres from 'postgres'
import type { Keys } from '../../src/keys.ts'
import { migrate, ownVersions, readVersions } from '../../src/migrate.ts'
import { databasePassword } from '../../src/run.ts'
import { UsageError } from '../command.ts'
import { isWhole, readBox } from './box.ts'
import type { Manifest } from './manifest.ts'
import { listTables, quoted, type Table } from './tables.ts'

export interface PutBackOptions {
  readonly databaseUrl: string
  readonly keys: Keys
  /** Password of a login role; those of the keys when not said. */
  readonly passwordOf?: (role: string) => string
  readonly folder: string
  readonly manifest: Manifest
  readonly progress: (done: number, of: number) => void
}

/** @throws UsageError naming the first file that is not as it was written */
export const demandWhole = async (folder: string, manifest: Manifest): Promise<void> => {
  for (const table of manifest.tables) {
    if (await isWhole(join(folder, table.file), table)) continue
    throw new UsageError(`${join(folder, table.file)} is missing or was altered.`)
  }
}

/** Nothing that is there may be overwritten. */
const demandNoHub = async (sql: postgres.TransactionSql): Promise<void> => {
  const [row] = await sql<{ used: boolean }[]>`
    select exists (select from audit.leaf) or exists (select from journal.entry)
      or exists (select from directory.agency) as used`
  if (row?.used === true) {
    throw new UsageError('This database holds a hub already. Restore into an empty one.')
  }
}

type Versions = Readonly<Record<string, string>>

const demandSame = (here: Versions, { versions }: Manifest): void => {
  const names = new Set([...Object.keys(here), ...Object.keys(versions)])
  const other = [...names].filter((name) => here[name] !== versions[name])
  if (other.length === 0) return
  throw new UsageError(
    `The backup was made by another version of Titian (${other.join(', ')}). Restore with that one.`,
  )
}

/** Looks at the database before anything in it or of its roles is changed. */
const demandFit = async (sql: postgres.Sql, manifest: Manifest): Promise<void> => {
  const own = ownVersions()
  demandSame(own, manifest)
  const [found] = await sql<{ is_hub: boolean }[]>`
    select to_regclass('audit.leaf') is not null and to_regclass('journal.entry') is not null
      and to_regclass('directory.agency') is not null as is_hub`
  if (found?.is_hub !== true) return
  await sql.begin('read only', async (tx) => {
    await tx.unsafe('set local role titian_owner')
    await demandNoHub(tx)
    // An older schema without a hub in it is brought up to date; a newer one cannot be taken back.
    const newer = Object.entries(await readVersions(tx)).filter(
      ([name, at]) => Number(at) > Number(own[name] ?? 0),
    )
    demandSame({ ...own, ...Object.fromEntries(newer) }, manifest)
  })
}

/** Bytes of JSON in one insert. */
const BATCH = 1_000_000

const fill = async (
  tx: postgres.TransactionSql,
  { name, columns }: Pick<Table, 'name' | 'columns'>,
  lines: AsyncIterable<string>,
): Promise<void> => {
  const listed = columns.join(', ')
  const insert = `insert into ${quoted(name)} (${listed}) overriding system value
    select ${listed} from jsonb_populate_recordset(null::${quoted(name)}, $1::text::jsonb)`
  let rows: string[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    if (rows.length > 0) await tx.unsafe(insert, [`[${rows.join(',')}]`])
    rows = []
    bytes = 0
  }
  for await (const line of lines) {
    rows.push(line)
    bytes += line.length
    if (bytes > BATCH) await flush()
  }
  await flush()
}

/**
 * Fills an empty database from a backup, all of it or nothing. Triggers rest meanwhile: what they did
 * is in the backup.
 */
export const putBack = async (options: PutBackOptions): Promise<void> => {
  const { keys, folder, manifest } = options
  await demandWhole(folder, manifest)
  const sql = postgres(options.databaseUrl, { max: 1, onnotice: () => {} })
  try {
    await demandFit(sql, manifest)
    await migrate({
      adminUrl: options.databaseUrl,
      databasePassword: options.passwordOf ?? ((role) => databasePassword(keys, role)),
    })
    await sql.begin(async (tx) => {
      await tx.unsafe('set local role titian_owner')
      demandSame(await readVersions(tx), manifest)
      await demandNoHub(tx)
      const { tables } = manifest
      const here = await listTables(tx)
      for (const { name } of here) {
        await tx.unsafe(`alter table ${quoted(name)} no force row level security`)
        await tx.unsafe(`alter table ${quoted(name)} disable trigger user`)
      }
      await tx.unsafe(`truncate ${here.map(({ name }) => quoted(name)).join(', ')}`)
      for (const [index, { name, columns, file }] of tables.entries()) {
        options.progress(index, tables.length)
        await fill(tx, { name, columns }, readBox(join(folder, file), name, keys))
      }
      for (const [name, next] of Object.entries(manifest.sequences)) {
        await tx`select setval(${name}::regclass, ${next}::bigint, false)`
      }
      for (const { name, isForced } of here) {
        await tx.unsafe(`alter table ${quoted(name)} enable trigger user`)
        if (isForced) await tx.unsafe(`alter table ${quoted(name)} force row level security`)
      }
      for (const { name, rows } of tables) {
        const [row] = await tx.unsafe<{ n: string }[]>(
          `select count(*)::text as n from ${quoted(name)}`,
        )
        if (Number(row?.n) !== rows) throw new Error(`${name}: ${row?.n} rows of ${rows}`)
      }
    })
    await sql.unsafe('analyze')
  } finally {
    await sql.end({ timeout: 5 })
  }
}
