import { createHmac, randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import postgres from 'postgres'
import { setting, type Teardown } from './run.ts'

export const TEMPLATE = 'titian_template'

export interface TestDatabase {
  /** As the superuser, for whom no row-level security holds. */
  readonly adminUrl: string
  readonly name: string
  /** As a service's own login role: `urlOf('titian_referrals')`. */
  urlOf(role: string): string
}

/** A database of the test's own, made from the migrated template and dropped at its end. */
export async function createDatabase(t: Teardown): Promise<TestDatabase> {
  const serverUrl = setting('TEST_DATABASE_URL')
  const file = basename(process.argv[1] ?? 'test', '.test.js').replaceAll(/[^a-z0-9]+/g, '_')
  const name = `test_${file}_${randomBytes(4).toString('hex')}`
  const sql = postgres(serverUrl, { max: 1, onnotice: () => {} })
  await sql.unsafe(`create database ${name} template ${TEMPLATE} strategy file_copy`)
  t.teardown(async () => {
    await sql.unsafe(`drop database if exists ${name} with (force)`)
    await sql.end()
  })
  const urlFor = (user?: string, password?: string) => {
    const url = new URL(serverUrl)
    url.pathname = `/${name}`
    if (user !== undefined) url.username = user
    if (password !== undefined) url.password = password
    return url.href
  }
  return { name, adminUrl: urlFor(), urlOf: (role) => urlFor(role, databasePassword(role)) }
}

/** The password of a service's login role for this run of the tests. */
export function databasePassword(role: string): string {
  return createHmac('sha256', setting('TEST_SECRET')).update(role).digest('base64url')
}
