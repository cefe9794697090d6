import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '../../src/embedded/port.ts'
import { waitForEnd } from '../../src/embedded/process.ts'
import type { Teardown } from './run.ts'
import { until } from './until.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000

/** What must happen while hand-offs are on their way; resolves when the hub is whole again. */
export type Fault = () => Promise<void>

/** A whole hub as `npm start` runs it, in a process of its own, with its own data folder. */
export interface HubProcess {
  readonly url: string
  readonly dataDir: string
  /** Embedded Postgres as the superuser; the address stays the same across restarts. */
  adminUrl(): Promise<string>
  natsUrl(): Promise<string>
  /** kill -9 of the hub itself; its servers die with it. Then starts it again. */
  killHub: Fault
  /** kill -9 of nats-server; the hub starts it again. */
  killNats: Fault
  /** kill -9 of the postmaster; the hub starts it again. */
  killPostgres: Fault
  /** Deletes all that JetStream stored, while nats-server does not run. */
  loseStreams: Fault
  /** Orderly. Gives the exit code. */
  stop(): Promise<number | null>
  /** Process ids that still have to do with the data folder (Linux). */
  leftovers(): Promise<number[]>
  /** The last lines that the hub said. */
  said(): string
}

interface Kept {
  readonly folder: string
  readonly port: number
  readonly password: string
}

const pidIn = async (path: string): Promise<number> => {
  const pid = Number.parseInt(await readFile(path, 'utf8'), 10)
  if (!Number.isInteger(pid) || pid < 2) throw new Error(`${path} names no process`)
  return pid
}

const START = [process.execPath, join(ROOT, 'scripts', 'start.mjs')] as const
/** A test that is itself killed takes the hub with it, where the kernel can be asked to. */
const MORTAL = ['setpriv', '--pdeathsig', 'TERM', '--'] as const
const canDieWithUs = spawnSync(MORTAL[0], [...MORTAL.slice(1), 'true']).status === 0

/** Starts `scripts/start.mjs`; resolves when it has said all that it says at a start. */
const launch = async (env: NodeJS.ProcessEnv, lines: string[]): Promise<ChildProcess> => {
  const [program, ...args] = canDieWithUs ? [...MORTAL, ...START] : START
  const child = spawn(program ?? '', args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n')))
  }
  const from = lines.length
  const isReady = (): boolean => lines.slice(from).includes('Ctrl-C stops it.')
  try {
    await until(() => isReady() || child.exitCode !== null, {
      what: 'the hub to be ready',
      timeoutMs: START_TIMEOUT_MS,
    })
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  if (!isReady()) throw new Error(`the hub did not start:\n${lines.slice(from).join('\n')}`)
  return child
}

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((done) => child.once('exit', (code) => done(code)))

const processesOf = async (dataDir: string): Promise<number[]> => {
  const found: number[] = []
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(dataDir)) found.push(Number(name))
  }
  return found
}

export const startHubProcess = async (t: Teardown): Promise<HubProcess> => {
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'titian-survival-')))
  // As root the servers run under another user, who must be able to enter.
  await chmod(dataDir, 0o755)
  const port = await freePort()
  const { PATH, HOME, NATS_SERVER_BIN } = process.env
  const env = { PATH, HOME, NATS_SERVER_BIN, DATA_DIR: dataDir, PORT: `${port}`, LOG_LEVEL: 'warn' }
  const url = `http://127.0.0.1:${port}`
  const lines: string[] = []
  let child: ChildProcess | null = null
  t.teardown(async () => {
    child?.kill('SIGKILL')
    if (child !== null) await ended(child)
    for (const pid of await processesOf(dataDir)) await waitForEnd(pid, STOP_TIMEOUT_MS)
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  })
  const start = async (): Promise<void> => {
    child = await launch(env, lines)
  }
  const kept = async (server: 'postgres' | 'nats'): Promise<Kept> =>
    JSON.parse(await readFile(join(dataDir, `${server}.json`), 'utf8')) as Kept
  const pidFile = async (server: 'postgres' | 'nats'): Promise<string> =>
    join((await kept(server)).folder, server === 'nats' ? 'server.pid' : 'postmaster.pid')

  const isReady = async (): Promise<boolean> =>
    (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })).ok
  /** Kills one server of the hub and waits for another one in its place. */
  const kill = async (server: 'postgres' | 'nats', before?: (pid: number) => Promise<void>) => {
    const path = await pidFile(server)
    const pid = await pidIn(path)
    await before?.(pid)
    process.kill(pid, 'SIGKILL')
    await until(async () => (await pidIn(path)) !== pid && (await isReady()), {
      what: `another ${server}`,
      timeoutMs: START_TIMEOUT_MS,
    })
  }

  await start()
  return {
    url,
    dataDir,
    adminUrl: async () => {
      const { port: at, password } = await kept('postgres')
      return `postgres://postgres:${password}@127.0.0.1:${at}/postgres`
    },
    natsUrl: async () => {
      const { port: at, password } = await kept('nats')
      return `nats://hub:${password}@127.0.0.1:${at}`
    },
    killHub: async () => {
      const servers = [await pidIn(await pidFile('postgres')), await pidIn(await pidFile('nats'))]
      child?.kill('SIGKILL')
      if (child !== null) await ended(child)
      await start()
      for (const pid of servers) {
        if (!(await waitForEnd(pid, 0))) throw new Error(`server ${pid} outlived its hub`)
      }
    },
    killNats: () => kill('nats'),
    killPostgres: () => kill('postgres'),
    loseStreams: () =>
      kill('nats', async (pid) => {
        // Stopped, it neither answers nor writes, and it never runs again.
        process.kill(pid, 'SIGSTOP')
        await rm(join((await kept('nats')).folder, 'store'), { recursive: true })
      }),
    stop: async () => {
      child?.kill('SIGTERM')
      const code = child === null ? null : await ended(child)
      child = null
      return code
    },
    leftovers: () => processesOf(dataDir),
    said: () => lines.slice(-40).join('\n'),
  }
}
