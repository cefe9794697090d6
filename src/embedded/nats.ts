import type { ChildProcess } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startEmbedded, type Embedded, type Prepared } from './embedded.ts'
import { diskFull, StartFailure } from './failure.ts'
import { newKept, readKept, writeKept, writePrivate, type Kept } from './kept.ts'
import { findNats, type NatsSearch } from './nats-binary.ts'
import { answerTo, GREETING_MISSING } from './nats-handshake.ts'
import { canEnter, chooseAccount, copyOutside, folderOutside, privateFolder } from './place.ts'
import { freePort, LOOPBACK } from './port.ts'
import { commandOf, waitForEnd } from './process.ts'
import type { Progress } from './slow.ts'
import { urlOf, USERS } from './where.ts'

const USER = USERS.nats
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000
const POLL_MS = 20

export interface NatsOptions extends NatsSearch {
  /** The data folder. nats-server keeps `nats/`, `nats.json`, `nats.log` in it. */
  dir: string
  progress?: Progress
  /** More accounts with JetStream; user and account have the name, the password is the same. */
  extraAccounts?: string[]
  /** One line when nats-server ended unexpectedly and when it is back. Default: progress. */
  log?: (text: string) => void
}

/**
 * Starts a nats-server with JetStream and keeps it running until `stop()`. Refuses to go on when
 * the server lets anybody in without the password. Errors a person can mend are StartFailures.
 */
export async function startNats(options: NatsOptions): Promise<Embedded> {
  return await startEmbedded({
    name: 'nats',
    dir: options.dir,
    progress: options.progress,
    prepare: (dir, logPath) => prepare(dir, logPath, options),
  })
}

async function prepare(dir: string, logPath: string, options: NatsOptions): Promise<Prepared> {
  const keptPath = join(dir, 'nats.json')
  const kept = (await readKept(keptPath)) ?? newKept()
  const account = await chooseAccount(kept.folder ? [kept.folder, dir] : [dir])
  const found = await findNats(options)
  const command = (await canEnter(dirname(found.path), account))
    ? found.path
    : await copyOutside(found.path, dir, `nats-server-${found.version}`)
  kept.folder ||= (await canEnter(dir, account))
    ? join(dir, 'nats')
    : join(await folderOutside(dir), `nats-${kept.id}`)
  await privateFolder(kept.folder, account)
  await stopLeftover(kept.folder)
  kept.port = await freePort(kept.port)
  await writeKept(keptPath, kept)
  const configPath = join(kept.folder, 'server.conf')
  await writePrivate(configPath, configFile(kept, options.extraAccounts), account)
  return {
    url: urlOf('nats', kept),
    program: {
      name: 'nats-server',
      command,
      args: ['--config', configPath],
      account,
      stopSignal: 'SIGTERM',
      ready: async (child) => {
        await listening(child, kept.port, kept.password, logPath)
        await refuseOpenDoor(kept.port)
      },
      log: options.log ?? options.progress ?? (() => {}),
    },
  }
}

/**
 * Every user stands inside an account: with `authorization` beside `accounts`, servers before
 * 2.9.23 and 2.10.2 let anybody in without credentials (CVE-2023-47090). No monitoring port.
 */
function configFile({ folder, port, password }: Kept, extraAccounts: string[] = []): string {
  const text = JSON.stringify
  const users = (user: string) => `users: [ { user: ${text(user)}, password: ${text(password)} } ]`
  const account = (user: string) => `${user.toUpperCase()} { jetstream: enabled, ${users(user)} }`
  return `server_name: titian
listen: ${text(`${LOOPBACK}:${port}`)}
pid_file: ${text(join(folder, 'server.pid'))}
jetstream { store_dir: ${text(join(folder, 'store'))}, max_memory_store: 64MB }
accounts {
  ${[USER, ...extraAccounts].map(account).join('\n  ')}
  SYS { ${users('system')} }
}
system_account: SYS
`
}

async function listening(child: ChildProcess, port: number, password: string, logPath: string) {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw await whyItEnded(logPath)
    const answer = await answerTo(port, { user: USER, pass: password })
    if (answer === 'PONG') return
    if (answer !== GREETING_MISSING) {
      throw new StartFailure(`nats-server refused its own password: ${answer}`)
    }
    await wait(POLL_MS)
  }
  throw new StartFailure(`nats-server was not ready after 1 minute. Its log is ${logPath}.`)
}

async function refuseOpenDoor(port: number): Promise<void> {
  const answers = await Promise.all([
    answerTo(port, {}),
    answerTo(port, { user: USER, pass: 'a wrong password' }),
  ])
  if (answers.includes('PONG')) {
    throw new StartFailure('nats-server lets anybody in without the password. Use a newer version.')
  }
}

async function whyItEnded(logPath: string): Promise<StartFailure> {
  const text = await readFile(logPath, 'utf8').catch(() => '')
  if (/no space left on device|disk quota exceeded/i.test(text.slice(-4_000)))
    return diskFull(logPath)
  const line = text.split('\n').findLast((each) => /\[FTL\]|nats-server:|error/i.test(each))
  const reason = line?.replace(/^.*\[FTL\]\s*/, '') ?? 'no reason given'
  return new StartFailure(`nats-server does not start: ${reason}. Its log is ${logPath}.`)
}

/** After a kill: stops a server that outlived its parent. MUST hold the lock of the data folder. */
async function stopLeftover(folder: string): Promise<void> {
  const path = join(folder, 'server.pid')
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
  if (Number.isInteger(pid) && (await commandOf(pid)).includes(join(folder, 'server.conf'))) {
    process.kill(pid, 'SIGTERM')
    if (!(await waitForEnd(pid, STOP_TIMEOUT_MS))) process.kill(pid, 'SIGKILL')
  }
  await rm(path, { force: true })
}
