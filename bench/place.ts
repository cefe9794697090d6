import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { loadConfig, type Config } from '../src/config.ts'
import { startNats } from '../src/embedded/nats.ts'
import { freePort } from '../src/embedded/port.ts'
import { startPostgres } from '../src/embedded/postgres.ts'
import { loadKeys, type Keys } from '../src/keys.ts'
import { migrate } from '../src/migrate.ts'
import { createLog, databasePassword, run } from '../src/run.ts'
import { all } from '../services/all.ts'

/** A whole hub for measuring: its own servers, durable settings, a folder that is removed. */
export interface Place {
  readonly url: string
  readonly databaseUrl: string
  readonly natsUrl: string
  readonly config: Config
  readonly keys: Keys
  readonly admin: postgres.Sql
  close(): Promise<void>
}

export const openPlace = async (): Promise<Place> => {
  const dir = await mkdtemp(join(tmpdir(), 'titian-bench-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    const database = await startPostgres({ dir })
    stops.push(() => database.stop())
    const nats = await startNats({ dir })
    stops.push(() => nats.stop())
    const port = String(await freePort())
    const config = loadConfig({
      DATA_DIR: dir,
      PORT: port,
      LOG_LEVEL: 'warn',
      DEMONSTRATION: 'off',
    })
    const keys = await loadKeys(join(dir, 'keys'), null)
    const passwordOf = (role: string) => databasePassword(keys, role)
    await migrate({ adminUrl: database.url, databasePassword: passwordOf })
    const log = createLog(config.logLevel)
    const servers = { databaseUrl: database.url, natsUrl: nats.url }
    const hub = await run(all, { config, keys, ...servers, passwordOf, log })
    stops.push(() => hub.close())
    const admin = postgres(database.url, { max: 2, onnotice: () => {} })
    stops.push(() => admin.end())
    return {
      url: hub.url,
      databaseUrl: database.url,
      natsUrl: nats.url,
      config,
      keys,
      admin,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
