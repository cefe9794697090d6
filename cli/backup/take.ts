import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import type { Keys } from '../../src/keys.ts'
import { readVersions } from '../../src/migrate.ts'
import { UsageError } from '../command.ts'
import { writeBox } from './box.ts'
import { writeManifest, type Manifest } from './manifest.ts'
import { listTables, quoted, readSequences } from './tables.ts'

export interface TakeOptions {
  readonly databaseUrl: string
  readonly keys: Keys
  /** Made if it is not there; MUST be empty. */
  readonly folder: string
  readonly progress: (done: number, of: number) => void
}

const demandEmpty = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${folder} cannot be made (${error.code}).`)
  })
  const found = await readdir(folder)
  if (found.length > 0) throw new UsageError(`${folder} is not empty. Name a new folder.`)
}

const ROWS_AT_ONCE = 500

/** Every row as a line of JSON. */
async function* linesOf(
  tx: postgres.TransactionSql,
  name: string,
  columns: readonly string[],
): AsyncGenerator<string> {
  const asked = tx.unsafe<{ line: string }[]>(
    `select to_jsonb(row)::text as line from (select ${columns.join(', ')} from ${quoted(name)}) row`,
  )
  for await (const rows of asked.cursor(ROWS_AT_ONCE)) {
    yield rows.map(({ line }) => `${line}\n`).join('')
  }
}

/**
 * Copies every table of one snapshot, while the hub works on. The manifest is written last: a folder
 * without one is no backup.
 */
export const takeBackup = async (options: TakeOptions): Promise<Manifest> => {
  const { keys, folder } = options
  await demandEmpty(folder)
  const sql = postgres(options.databaseUrl, { max: 1, onnotice: () => {} })
  try {
    return await sql.begin('isolation level repeatable read read only', async (tx) => {
      await tx.unsafe('set local role titian_owner')
      const [now] = await tx<{ at: string }[]>`
        select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`
      const listed = await listTables(tx)
      const tables: Manifest['tables'] = []
      for (const { name, columns } of listed) {
        options.progress(tables.length, listed.length)
        const file = `${name}.box`
        const boxed = await writeBox(join(folder, file), name, keys, linesOf(tx, name, columns))
        tables.push({ name, columns: [...columns], file, ...boxed })
      }
      const [head] = await tx<{ note: string }[]>`
        select note from audit.checkpoint order by size desc limit 1`
      const manifest: Manifest = {
        format: 'titian-backup-1',
        at: now?.at ?? '',
        versions: await readVersions(tx),
        sequences: await readSequences(tx),
        checkpoint: head?.note ?? null,
        tables,
      }
      await writeManifest(folder, keys, manifest)
      return manifest
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}
