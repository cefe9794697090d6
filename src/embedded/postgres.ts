import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startEmbedded, type Embedded, type Prepared } from './embedded.ts'
import { diskFull, StartFailure } from './failure.ts'
import { newKept, readKept, writeKept, type Kept } from './kept.ts'
import { chooseAccount, folderOutside, canEnter, type Account } from './place.ts'
import { findPostgres } from './postgres-binary.ts'
import { createCluster, removeLeftovers } from './postgres-cluster.ts'
import { freePort, LOOPBACK } from './port.ts'
import { slow, type Progress } from './slow.ts'
import { urlOf } from './where.ts'

const START_TIMEOUT_MS = 120_000
const POLL_MS = 20

export interface PostgresOptions {
  /** The data folder. Postgres keeps `postgres/`, `postgres.json`, `postgres.log` in it. */
  dir: string
  /** False is for tests: fast, and a power cut loses everything. Default true. */
  fsync?: boolean
  progress?: Progress
  /** One line when Postgres ended unexpectedly and when it is back. Default: progress. */
  log?: (text: string) => void
}

export type { Embedded }

/**
 * Starts the Postgres that ships as an npm package and keeps it running until `stop()`. Errors a
 * person can mend are StartFailures with a one-line message.
 */
export async function startPostgres(options: PostgresOptions): Promise<Embedded> {
  return await startEmbedded({
    name: 'postgres',
    dir: options.dir,
    progress: options.progress,
    prepare: (dir, logPath) => prepare(dir, logPath, options),
  })
}

async function prepare(dir: string, logPath: string, options: PostgresOptions): Promise<Prepared> {
  const { fsync = true, progress, log = progress } = options
  const keptPath = join(dir, 'postgres.json')
  const kept = (await readKept(keptPath)) ?? newKept()
  const account = await chooseAccount(kept.folder ? [kept.folder, dir] : [dir])
  const programs = await findPostgres(dir, account, progress)
  kept.folder ||= await chooseFolder(dir, account, kept, progress)
  const { folder, password } = kept
  await removeLeftovers(folder)
  kept.port = await freePort(kept.port)
  await writeKept(keptPath, kept)
  await slow(progress, 'creating the database', () =>
    createCluster({ programs, folder, password, account, fsync }),
  )
  return {
    url: urlOf('postgres', kept),
    program: {
      name: 'Postgres',
      command: programs.postgres,
      args: ['-D', folder, ...settings(kept.port, fsync)],
      account,
      stopSignal: 'SIGINT',
      ready: (child) => ready(child, folder, logPath),
      log: log ?? (() => {}),
    },
  }
}

async function chooseFolder(dir: string, account: Account, kept: Kept, progress?: Progress) {
  if (await canEnter(dir, account)) return join(dir, 'postgres')
  const outside = join(await folderOutside(dir), `postgres-${kept.id}`)
  progress?.(
    `The database is kept in ${outside}: Postgres may not run as root, and ${dir} is private`,
  )
  return outside
}

function settings(port: number, fsync: boolean): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: LOOPBACK,
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    jit: 'off',
    timezone: 'UTC',
    password_encryption: 'scram-sha-256',
    // Statements and error texts may hold personal data: the log gets neither.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    // For tests: speed, and the order of commits as the log tells it.
    ...(fsync ? {} : { fsync: 'off', full_page_writes: 'off', wal_level: 'logical' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** postmaster.pid, line 1 is the process id and line 8 the status (PostgreSQL, miscinit.c). */
async function ready(child: ChildProcess, folder: string, logPath: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw await whyItEnded(logPath, folder)
    const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
    const lines = text.split('\n')
    if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return
    await wait(POLL_MS)
  }
  throw new StartFailure(`Postgres was not ready after 2 minutes. Its log is ${logPath}.`)
}

async function whyItEnded(logPath: string, folder: string): Promise<StartFailure> {
  const text = await readFile(logPath, 'utf8').catch(() => '')
  if (/No space left on device|Disk quota exceeded/.test(text.slice(-4_000)))
    return diskFull(folder)
  const line = text.split('\n').findLast((each) => /(FATAL|PANIC):/.test(each)) ?? 'no reason given'
  const reason = line.replace(/^.*?(FATAL|PANIC):\s*/, '')
  return new StartFailure(
    `Postgres does not start from ${folder}: ${reason}. Its log is ${logPath}. ` +
      'Restore the folder from a backup, or move it away to begin anew.',
  )
}
