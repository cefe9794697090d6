import type { ChildProcess } from 'node:child_process'
import { mkdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { diskFull, explain, StartFailure } from './failure.ts'
import { newKept, openLog, readKept, writeKept, type Kept } from './kept.ts'
import { takeLock, type Lock } from './lock.ts'
import { chooseAccount, folderOutside, canEnter, type Account } from './place.ts'
import { findPostgres } from './postgres-binary.ts'
import { createCluster, removeLeftovers } from './postgres-cluster.ts'
import { freePort, LOOPBACK } from './port.ts'
import { slow, type Progress } from './slow.ts'
import { supervise } from './supervise.ts'

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

export interface Embedded {
  /**
   * With the name and password in it (nats.js ignores those in a URL: split them off before
   * connecting). The port stays the same across restarts.
   */
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/**
 * Starts the Postgres that ships as an npm package and keeps it running until `stop()`. Errors a
 * person can mend are StartFailures with a one-line message.
 */
export async function startPostgres(options: PostgresOptions): Promise<Embedded> {
  const { progress } = options
  let lock: Lock | undefined
  try {
    await mkdir(options.dir, { recursive: true })
    const dir = await realpath(options.dir)
    lock = await takeLock(join(dir, 'postgres.lock'), `The database in ${dir}`)
    const prepared = await prepare(dir, options)
    const server = await slow(progress, 'starting Postgres', () => serve(prepared, options))
    const { password, port } = prepared.kept
    return {
      url: `postgres://postgres:${password}@${LOOPBACK}:${port}/postgres`,
      get pid() {
        return server.pid
      },
      async stop() {
        await server.stop()
        await prepared.logFile.close().catch(() => {})
        await lock?.release()
      },
    }
  } catch (error) {
    await lock?.release()
    throw explain(error, options.dir)
  }
}

type Prepared = Awaited<ReturnType<typeof prepare>>

async function prepare(dir: string, { fsync = true, progress }: PostgresOptions) {
  const keptPath = join(dir, 'postgres.json')
  const kept = (await readKept(keptPath)) ?? newKept()
  const account = await chooseAccount(kept.folder ? [kept.folder, dir] : [dir])
  const programs = await findPostgres(dir, account, progress)
  kept.folder ||= await chooseFolder(dir, account, kept, progress)
  await removeLeftovers(kept.folder)
  kept.port = await freePort(kept.port)
  await writeKept(keptPath, kept)
  await slow(progress, 'creating the database', () =>
    createCluster({ programs, folder: kept.folder, password: kept.password, account, fsync }),
  )
  const logPath = join(dir, 'postgres.log')
  const logFile = await openLog(logPath)
  return { kept, account, programs, logFile, logPath }
}

async function chooseFolder(dir: string, account: Account, kept: Kept, progress?: Progress) {
  if (await canEnter(dir, account)) return join(dir, 'postgres')
  const outside = join(await folderOutside(dir), `postgres-${kept.id}`)
  progress?.(
    `The database is kept in ${outside}: Postgres may not run as root, and ${dir} is private`,
  )
  return outside
}

function serve({ kept, account, programs, logFile, logPath }: Prepared, options: PostgresOptions) {
  const log = options.log ?? options.progress ?? (() => {})
  return supervise({
    name: 'Postgres',
    command: programs.postgres,
    args: ['-D', kept.folder, ...settings(kept.port, options.fsync ?? true)],
    account,
    stopSignal: 'SIGINT',
    logFd: logFile.fd,
    ready: (child) => ready(child, kept.folder, logPath),
    log,
  })
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
    ...(fsync ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
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
    `Postgres does not start from ${folder}: ${reason}. Its log is ${logPath}; restore the folder from a backup, or move it away to begin anew.`,
  )
}
