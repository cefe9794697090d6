import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import postgres from 'postgres'
import { isOpenToAnybody } from './bus.ts'
import { lookAtBus } from './bus/look.ts'
import { ConfigError, isLoopback, loadConfig, type Config, type Environment } from './config.ts'
import { explain, StartFailure } from './embedded/failure.ts'
import { startNats } from './embedded/nats.ts'
import { makeFolder } from './embedded/place.ts'
import { freePort } from './embedded/port.ts'
import { startPostgres } from './embedded/postgres.ts'
import { slow } from './embedded/slow.ts'
import { loadKeys, type Keys } from './keys.ts'
import { migrate } from './migrate.ts'
import { isRefused } from './outage.ts'
import { createLog, databasePassword, run, type Running } from './run.ts'
import type { Service } from './service.ts'

/** Runs after migrating and before anything is served: who may come in, or the demonstration. */
export type Prepare = (started: {
  readonly config: Config
  readonly keys: Keys
  readonly admin: postgres.Sql
}) => Promise<{ readonly lines: readonly string[] }>

export interface Hub extends Running {
  /** What a person at the terminal should read. */
  readonly lines: readonly string[]
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const withPort = async (config: Config): Promise<Config> => {
  if (config.port !== 0) return config
  const port = await freePort()
  const known = (url: string): string => url.replace(/:0$/, `:${port}`)
  return { ...config, port, publicUrl: known(config.publicUrl), apiUrl: known(config.apiUrl) }
}

const explainReach = (name: string, error: unknown): Error => {
  const code = (error as { code?: string }).code ?? ''
  if (isRefused(error)) {
    return new StartFailure(`${name}: the server refused the user, password or database name.`)
  }
  if (/^(E[A-Z]+|CONNECT|CONNECTION)/.test(code)) {
    return new StartFailure(
      `${name} cannot be reached (${code}). Check the address and the server.`,
    )
  }
  return error as Error
}

const NATS_REFUSALS: Readonly<Record<string, string>> = {
  AUTHORIZATION_VIOLATION: 'NATS_URL: the server refused the user or password.',
  '503': 'NATS_URL: the server runs without JetStream. Start it with JetStream (-js).',
}

const NATS_TIMEOUT_MS = 5_000

/** A server speaks first (protocol of NATS, INFO). What is not there, or is something else, is not waited for. */
const greeted = (natsUrl: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(natsUrl)
    const socket = connect({ host: hostname, port: Number(port || 4222) })
    const end = (why: string | null): void => {
      socket.destroy()
      if (why === null) return resolve()
      reject(
        new StartFailure(`NATS_URL cannot be reached (${why}). Check the address and the server.`),
      )
    }
    socket.setTimeout(NATS_TIMEOUT_MS, () => end('no answer within 5 s'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'refused'))
    socket.once('close', () => end('it hung up'))
    socket.once('data', (data) =>
      end(data.toString('latin1').startsWith('INFO ') ? null : 'something else answers there'),
    )
  })

const demandNats = async (natsUrl: string): Promise<void> => {
  await greeted(natsUrl)
  await refuseOpenNats(natsUrl)
  try {
    await lookAtBus(natsUrl)
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'no answer'
    throw new StartFailure(
      NATS_REFUSALS[code] ??
        `NATS_URL cannot be used (${code}). Check the user, the password and the server.`,
    )
  }
}

/** Said before anything is made or started. A port that is taken meanwhile is said later. */
const demandPort = async (config: Config): Promise<void> => {
  const probe = createServer()
  try {
    probe.listen(config.port, config.host)
    await once(probe, 'listening')
  } catch (error) {
    throw explainListen(config, error)
  } finally {
    probe.close()
  }
}

/** Beyond loopback, a server that lets anybody in would tell anybody who is referred to whom. */
const refuseOpenNats = async (natsUrl: string): Promise<void> => {
  if (isLoopback(new URL(natsUrl).hostname)) return
  if (!(await isOpenToAnybody(natsUrl))) return
  throw new StartFailure(
    'NATS_URL: the server lets anybody in without the right password. Give every user an account, ' +
      'or use a newer server; npm run nats-config writes a configuration.',
  )
}

const explainListen = (config: Config, error: unknown): Error => {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') {
    return new StartFailure(
      `Port ${config.port} is in use. Stop what uses it, or choose another: PORT=8081 npm start`,
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    return new StartFailure(
      `HOST=${config.host} PORT=${config.port} cannot be listened on (${code}).`,
    )
  }
  return error as Error
}

/**
 * Starts whatever is not given by URL, migrates, prepares, and runs the services.
 * When `signal` aborts, the step in hand ends and what was started is stopped.
 * @throws ConfigError or StartFailure, whose message is one line for a person; the signal's reason
 */
export const start = async (
  services: readonly Service[],
  env: Environment,
  prepare: Prepare | null,
  signal?: AbortSignal,
): Promise<Hub> => {
  const config = await withPort(loadConfig(env))
  const stops: (() => Promise<void>)[] = []
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    await demandPort(config)
    const dir = config.dataDir
    await makeFolder(dir)
    const embedded = { dir, progress: say, log: say }
    const [database, nats] = await Promise.allSettled([
      config.secrets.databaseUrl ?? startPostgres(embedded),
      config.secrets.natsUrl ??
        startNats({
          ...embedded,
          ...(config.natsServerBin === null ? {} : { bin: config.natsServerBin }),
          ...(config.natsServerSha256 === null ? {} : { sha256: config.natsServerSha256 }),
        }),
    ])
    for (const part of [database, nats]) {
      if (part.status === 'fulfilled' && typeof part.value !== 'string') stops.push(part.value.stop)
    }
    if (database.status === 'rejected') throw database.reason
    if (nats.status === 'rejected') throw nats.reason
    signal?.throwIfAborted()
    const databaseUrl = typeof database.value === 'string' ? database.value : database.value.url
    const natsUrl = typeof nats.value === 'string' ? nats.value : nats.value.url
    await demandNats(natsUrl)
    const keys = await loadKeys(join(dir, 'keys'), config.secrets.masterKey)
    const passwordOf = (role: string) => databasePassword(keys, role)
    await slow(say, 'preparing the database', () =>
      migrate({ adminUrl: databaseUrl, databasePassword: passwordOf }),
    ).catch((error: unknown) => {
      throw explainReach('DATABASE_URL', error)
    })
    signal?.throwIfAborted()
    let lines: readonly string[] = []
    if (prepare !== null) {
      const admin = postgres(databaseUrl, { max: 1, onnotice: () => {} })
      try {
        lines = (
          await slow(say, 'preparing who may come in', () => prepare({ config, keys, admin }))
        ).lines
      } finally {
        await admin.end({ timeout: 5 })
      }
    }
    signal?.throwIfAborted()
    const log = createLog(config.logLevel)
    const running = await run(services, {
      config,
      keys,
      databaseUrl,
      natsUrl,
      passwordOf,
      log,
    }).catch((error: unknown) => {
      const listening = explainListen(config, error)
      throw listening === error ? explainReach('NATS_URL', error) : listening
    })
    const close = async (): Promise<void> => {
      await running.close()
      await stopAll()
    }
    return { ...running, close, lines }
  } catch (error) {
    await stopAll().catch(() => {})
    throw explain(error, config.dataDir)
  }
}

const FAILED = 1
const FORCED = 130

/**
 * Runs services in this process until a signal asks it to stop: the whole of a `main.ts`.
 * A second signal stops at once.
 */
export const main = async (
  services: readonly Service[],
  prepare: Prepare | null = null,
): Promise<void> => {
  const stopping = new AbortController()
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1
      if (signals > 1) process.exit(FORCED)
      say('Stopping …')
      stopping.abort()
    })
  }
  try {
    const began = performance.now()
    const hub = await start(services, process.env, prepare, stopping.signal)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    say(`\nTitian is ready after ${seconds} s: ${hub.url}`)
    for (const line of hub.lines) say(line)
    say('Ctrl-C stops it.')
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
    await hub.close()
    say('Stopped.')
  } catch (error) {
    if (error === stopping.signal.reason) return say('Stopped.')
    const isForPeople = error instanceof ConfigError || error instanceof StartFailure
    process.stderr.write(`${isForPeople ? error.message : String((error as Error).stack)}\n`)
    process.exitCode = FAILED
  }
}
