import { sql } from 'drizzle-orm'
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import { HUB } from './actor.ts'
import { connectBus, type Bus, type HubMessage } from './bus.ts'
import type { Config } from './config.ts'
import { connect, type Db } from './db.ts'
import { createApp, mount } from './http.ts'
import type { Keys } from './keys.ts'
import type { App, Consumer, Context, Service } from './service.ts'
import { startScheduler, type Scheduler } from './timers.ts'

export const VERSION = '0.1.0'

/** Pools are small: a service that waits for a connection is slower than one that shares it. */
const CONNECTIONS: Readonly<Record<string, number>> = { referrals: 8, audit: 6, identity: 6 }

export interface Running {
  readonly app: App
  /** Where it listens, such as http://127.0.0.1:8080. */
  readonly url: string
  /** Fires whatever timers are due now, of all services; resolves when they have fired. */
  fireTimers(): Promise<void>
  /** Stops in order: requests, consumers, jobs, bus, database. */
  close(): Promise<void>
}

export interface RunOptions {
  readonly config: Config
  readonly keys: Keys
  /** Where Postgres is; each service logs in as its own role. */
  readonly databaseUrl: string
  readonly natsUrl: string
  /** Password of a service's login role. */
  readonly passwordOf: (role: string) => string
  readonly log?: Logger
  /** Another clock than the machine's, for tests. */
  readonly now?: () => Date
}

export const databasePassword = (keys: Keys, role: string): string =>
  keys.derive(`database/${role}`).toString('base64url')

const urlOfRole = (options: RunOptions, service: string): string => {
  const url = new URL(options.databaseUrl)
  url.username = `titian_${service}`
  url.password = options.passwordOf(`titian_${service}`)
  return url.href
}

const logOptions = (level: string): LoggerOptions => ({
  level,
  base: null,
  redact: {
    paths: ['*.authorization', '*.cookie', '*.token', '*.body', '*.query', '*.params', '*.detail'],
    remove: true,
  },
  serializers: {
    // A database error quotes rows and parameters in its message, `detail` and `where`: only its
    // kind and the lines of code may be written down.
    err: (error: Error & { code?: string; cause?: { code?: string } }) => ({
      type: error.name,
      code: error.code ?? error.cause?.code,
      stack: error.stack
        ?.split('\n')
        .filter((line) => /^ +at /.test(line))
        .slice(0, 8)
        .join('\n'),
    }),
  },
})

/** Writes to standard output unless it is given another place. */
export const createLog = (level: string, destination?: DestinationStream): Logger =>
  destination === undefined ? pino(logOptions(level)) : pino(logOptions(level), destination)

const consume = (ctx: Context, bus: Bus, consumer: Consumer) =>
  bus.consume(consumer, (message: HubMessage) =>
    ctx.db.withActor(HUB, async (tx) => {
      const fresh = await tx.execute(sql`
        insert into journal.inbox (consumer, entry) values (${consumer.name}, ${message.entry})
        on conflict do nothing returning entry`)
      if (fresh.length > 0) await consumer.handle(tx, message, ctx)
    }),
  )

const addHealth = (app: App, dbs: ReadonlyMap<string, Db>, bus: Bus): void => {
  app.get('/health/live', { schema: { hide: true } }, () => ({ status: 'up' }))
  app.get('/health/ready', { schema: { hide: true } }, async (_request, reply) => {
    const databases = await Promise.all(
      [...dbs].map(async ([name, db]) => [`database.${name}`, await db.isUp(2000)] as const),
    )
    const checks = Object.fromEntries([...databases, ['nats', bus.isUp()]] as const)
    const isReady = Object.values(checks).every(Boolean)
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', checks })
  })
}

interface Stoppable {
  stop(): Promise<void>
}

/** Runs one service or many in this process until `close()`. */
export const run = async (services: readonly Service[], options: RunOptions): Promise<Running> => {
  const { config, keys } = options
  const log = options.log ?? createLog(config.logLevel)
  const app = await createApp(log, VERSION, config.trustedProxy)
  const bus = await connectBus({ url: options.natsUrl, log })
  const dbs = new Map<string, Db>()
  const working: Stoppable[] = []
  const schedulers: Scheduler[] = []
  const now = options.now ?? (() => new Date())

  const close = async (): Promise<void> => {
    await app.close()
    for (const part of working.reverse()) await part.stop()
    await bus.close()
    for (const db of dbs.values()) await db.end()
  }

  const fireTimers = async (): Promise<void> => {
    for (const scheduler of schedulers) await scheduler.fireDue()
  }

  try {
    addHealth(app, dbs, bus)
    for (const service of services) {
      const connections = CONNECTIONS[service.name] ?? 4
      const db = connect({ url: urlOfRole(options, service.name), connections })
      dbs.set(service.name, db)
      const ctx: Context = { config, keys, db, bus, log, now }
      await mount(app, service, ctx)
      for (const job of service.jobs) working.push(await job.start(ctx))
      for (const consumer of service.consumers) working.push(await consume(ctx, bus, consumer))
      if (service.timers === undefined) continue
      const scheduler = await startScheduler(ctx, service.timers)
      schedulers.push(scheduler)
      working.push(scheduler)
    }
    await app.listen({ host: config.host, port: config.port })
    return { app, url: config.publicUrl, fireTimers, close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}
