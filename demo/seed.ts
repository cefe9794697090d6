import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, type JWK } from 'jose'
import type { Sql, TransactionSql } from 'postgres'
import { SCOPES } from '../src/contracts/codes.ts'
import type { DemoPerson } from './agency.ts'
import { DEMO_AGENCIES, DEMO_HUB_PEOPLE } from './network.ts'

export interface SeedOptions {
  /** Logged in as a role that may `set role titian_owner`. */
  readonly sql: Sql
  /** Where the private keys of the agencies' programs go: `<client-id>.jwk`, 0600. */
  readonly keysFolder: string
}

export type Seeded =
  /** The directory was empty and now holds the network. */
  | 'seeded'
  /** The network was there already. */
  | 'present'
  /** The directory holds something else; nothing was touched. */
  | 'foreign'

const LOCK = 7_184_262

const newPrivateJwk = (): string => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return JSON.stringify(privateKey.export({ format: 'jwk' }))
}

/** The public part of a client's key; a missing key is made. The file is the truth. */
const publicKeyOf = async (keysFolder: string, client: string): Promise<JWK> => {
  const path = join(keysFolder, `${client}.jwk`)
  try {
    writeFileSync(path, newPrivateJwk(), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    chmodSync(path, 0o600)
  }
  const { d: _private, ...publicPart } = JSON.parse(readFileSync(path, 'utf8')) as JsonWebKey
  const kid = await calculateJwkThumbprint(publicPart)
  return { ...(publicPart as JWK), kid, alg: 'ES256', use: 'sig' }
}

const addPerson = async (
  sql: TransactionSql,
  person: DemoPerson,
  agency: string | null,
): Promise<void> => {
  const row = { id: person.id, agency, display_name: person.display_name, roles: [person.role] }
  const rows = JSON.stringify([{ ...row, language: 'id' }])
  await sql`select from identity.register_people(${rows}::text::jsonb)`
}

const addNetwork = async (sql: TransactionSql): Promise<void> => {
  for (const { agency, services, people } of DEMO_AGENCIES) {
    const { hours, holidays, contacts } = agency
    const documents = {
      hours: sql.json(hours),
      holidays: sql.json(holidays),
      contacts: sql.json(contacts),
    }
    await sql`insert into directory.agency ${sql({ ...agency, ...documents })}`
    for (const service of services) {
      await sql`insert into directory.service ${sql(service)}`
    }
    for (const person of people) await addPerson(sql, person, agency.id)
  }
  for (const person of DEMO_HUB_PEOPLE) await addPerson(sql, person, null)
}

/** Registers each program with the key in its file; a key that was lost is replaced. */
const addClients = async (sql: TransactionSql, keysFolder: string): Promise<void> => {
  for (const { agency, client } of DEMO_AGENCIES) {
    const jwks = { keys: [await publicKeyOf(keysFolder, client)] }
    const [known] = await sql`
      select from identity.client where id = ${client} and jwks = ${sql.json(jwks)}`
    if (known !== undefined) continue
    const rows = JSON.stringify([{ id: client, agency: agency.id, jwks, scopes: SCOPES }])
    await sql`select from identity.register_clients(${rows}::text::jsonb)`
  }
}

/**
 * Puts the fictional network into an empty hub: agencies, services, staff and programs, in one
 * transaction. Safe to repeat, also from several processes; a hub with agencies of its own is left
 * alone. MUST NOT be called unless the hub is a demonstration.
 */
export const seed = async (options: SeedOptions): Promise<Seeded> =>
  await options.sql.begin(async (sql): Promise<Seeded> => {
    await sql`select pg_advisory_xact_lock(${LOCK})`
    await sql`set local role titian_owner`
    const known = await sql<{ id: string }[]>`select id from directory.agency`
    const ids = new Set(known.map((row) => row.id))
    const isOurs = DEMO_AGENCIES.every(({ agency }) => ids.has(agency.id))
    if (ids.size > 0 && !isOurs) return 'foreign'
    mkdirSync(options.keysFolder, { recursive: true, mode: 0o700 })
    if (ids.size === 0) await addNetwork(sql)
    await addClients(sql, options.keysFolder)
    return ids.size === 0 ? 'seeded' : 'present'
  })
