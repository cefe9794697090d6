import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import type { Account } from './place.ts'

const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 5_000
const STOP_TIMEOUT_MS = 20_000

export interface Program {
  /** For messages: 'Postgres', 'nats-server'. */
  name: string
  command: string
  args: string[]
  account: Account
  /** The signal for an orderly stop; also sent by the kernel when this process dies (Linux). */
  stopSignal: 'SIGINT' | 'SIGTERM'
  /** An open file that takes the program's output. */
  logFd: number
  /** Resolves when the program serves; rejects when it never will. */
  ready: (child: ChildProcess) => Promise<void>
  /** One line for each unexpected end, and when it is back. */
  log: (text: string) => void
}

export interface Supervised {
  /** Changes when the program had to be started again. */
  readonly pid: number
  /** Orderly stop, then a hard one after 20 s. Safe to call twice. */
  stop(): Promise<void>
}

/** Starts a program and keeps it running until `stop()`. */
export async function supervise(program: Program): Promise<Supervised> {
  const halt = new AbortController()
  let child = await launch(program)
  const killWithUs = () => void child.kill(program.stopSignal)
  process.once('exit', killWithUs)

  let restarting = Promise.resolve()
  const watch = (watched: ChildProcess) => {
    const restart = () => {
      if (halt.signal.aborted) return
      restarting = startAgain(program, watched, halt.signal).then((next) => {
        if (next === null) return
        child = next
        watch(child)
      })
    }
    if (hasEnded(watched)) restart()
    else watched.once('exit', restart)
  }
  watch(child)

  return {
    get pid() {
      return child.pid ?? 0
    },
    async stop() {
      halt.abort()
      process.off('exit', killWithUs)
      await restarting
      await end(child, program.stopSignal)
    },
  }
}

async function startAgain(program: Program, ended: ChildProcess, halt: AbortSignal) {
  const since = Date.now()
  const cause = ended.signalCode ?? `code ${ended.exitCode}`
  program.log(`${program.name} ended unexpectedly (${cause}), starting it again`)
  let reason = ''
  for (
    let retryMs = FIRST_RETRY_MS;
    !halt.aborted;
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
  ) {
    await wait(retryMs, undefined, { signal: halt, ref: false }).catch(() => {})
    if (halt.aborted) return null
    try {
      const next = await launch(program)
      program.log(`${program.name} is back after ${((Date.now() - since) / 1000).toFixed(1)} s`)
      return next
    } catch (error) {
      const message = (error as Error).message
      if (message !== reason) program.log(`${program.name} does not start: ${message}`)
      reason = message
    }
  }
  return null
}

async function launch(program: Program): Promise<ChildProcess> {
  const { command, args, options } = unprivileged(program)
  const child = spawn(command, args, {
    ...options,
    cwd: '/',
    // Its own group: Ctrl-C in a terminal reaches us first, and we stop it when we are done.
    detached: true,
    stdio: ['ignore', program.logFd, program.logFd],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  })
  child.unref()
  try {
    await Promise.race([
      program.ready(child),
      new Promise((_, reject) => child.once('error', reject)),
    ])
  } catch (error) {
    await end(child, program.stopSignal)
    throw error
  }
  return child
}

/** setpriv asks the kernel for the stop signal when we die, so that kill -9 leaves no orphan. */
function unprivileged({ command, args, account, stopSignal }: Program) {
  const ids = account && { uid: account.uid, gid: account.gid }
  if (!hasSetpriv()) return { command, args, options: ids ?? {} }
  const drop = ids
    ? [`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups', '--no-new-privs']
    : []
  const prefix = ['--pdeathsig', stopSignal.slice(3), ...drop, '--', command]
  return { command: 'setpriv', args: [...prefix, ...args], options: {} }
}

let setprivFound: boolean | undefined
function hasSetpriv(): boolean {
  if (setprivFound === undefined) {
    try {
      execFileSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' })
      setprivFound = true
    } catch {
      setprivFound = false
    }
  }
  return setprivFound
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.ref()
  child.kill(signal)
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(hard)
}
