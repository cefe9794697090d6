import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { loadConfig, type Config } from '../../src/config.ts'
import { freePort } from '../../src/embedded/port.ts'
import { loadKeys, type Keys } from '../../src/keys.ts'
import { createLog, run, type Running } from '../../src/run.ts'
import type { Service } from '../../src/service.ts'
import { createDatabase, databasePassword, type TestDatabase } from './database.ts'
import { natsUrl } from './nats.ts'
import type { Teardown } from './run.ts'

export interface TestHub extends Running {
  readonly database: TestDatabase
  readonly config: Config
  readonly keys: Keys
  readonly natsUrl: string
}

export interface TestHubOptions {
  readonly services: readonly Service[]
  /** Settings beside the defaults. */
  readonly env?: Readonly<Record<string, string>>
  /** A database that another hub of this test made, to run a second replica on it. */
  readonly like?: TestHub
  /** Another clock than the machine's. */
  readonly now?: () => Date
  /** Where the hub writes its log; absent: nowhere. */
  readonly log?: Logger
}

/** A hub of the test's own on a real socket: own database, own NATS account, own keys. */
export async function startHub(t: Teardown, options: TestHubOptions): Promise<TestHub> {
  const { like } = options
  const database = like?.database ?? (await createDatabase(t))
  const dataDir = like?.config.dataDir ?? (await mkdtemp(join(tmpdir(), 'titian-hub-')))
  if (like === undefined) t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  const port = String(await freePort())
  const config = loadConfig({ PORT: port, DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...options.env })
  const keys = await loadKeys(join(dataDir, 'keys'), null)
  const nats = like?.natsUrl ?? natsUrl()
  const running = await run(options.services, {
    config,
    keys,
    databaseUrl: database.adminUrl,
    natsUrl: nats,
    passwordOf: databasePassword,
    log: options.log ?? createLog(config.logLevel),
    ...(options.now === undefined ? {} : { now: options.now }),
  })
  let isClosed = false
  const close = async (): Promise<void> => {
    if (isClosed) return
    isClosed = true
    await running.close()
  }
  t.teardown(close)
  return { ...running, close, database, config, keys, natsUrl: nats }
}
