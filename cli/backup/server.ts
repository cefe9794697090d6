import { join } from 'node:path'
import postgres from 'postgres'
import type { Config } from '../../src/config.ts'
import { startPostgres } from '../../src/embedded/postgres.ts'
import { embeddedUrl } from '../../src/embedded/where.ts'
import { loadKeys, missingKeys, type Keys } from '../../src/keys.ts'
import { UsageError } from '../command.ts'

const CONNECT_S = 5

export const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** The hub's keys. @throws UsageError when one is not there: a new one would open nothing */
export const keysOf = async (config: Config): Promise<Keys> => {
  const folder = join(config.dataDir, 'keys')
  const { masterKey } = config.secrets
  const missing = missingKeys(folder, masterKey)
  if (missing.length > 0) {
    const files = missing.join(', ')
    throw new UsageError(`${folder}: ${files} missing. Put the hub's keys in place first.`)
  }
  return await loadKeys(folder, masterKey)
}

const answers = async (url: string): Promise<boolean> => {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: CONNECT_S })
  try {
    await sql`select 1`
    return true
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/**
 * Calls `work` with the address of the hub's Postgres: of DATABASE_URL, of the embedded server that
 * runs, or of one that is started for it and stopped after it.
 * @throws UsageError when DATABASE_URL cannot be reached; StartFailure
 */
export const withPostgres = async <T>(
  config: Config,
  work: (url: string) => Promise<T>,
): Promise<T> => {
  const given = config.secrets.databaseUrl
  const known = given ?? (await embeddedUrl(config.dataDir, 'postgres'))
  if (known !== null && (await answers(known))) return await work(known)
  if (given !== null) throw new UsageError('DATABASE_URL cannot be reached.')
  const server = await startPostgres({ dir: config.dataDir, progress: say })
  try {
    return await work(server.url)
  } finally {
    await server.stop()
  }
}
