import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import postgres from 'postgres'
import { registerClient, registerPerson, makeSignInLink } from '../../services/identity/registry.ts'
import { createClient, type Client } from '../../src/client/http.ts'
import { createTokenSource, type TokenSource } from '../../src/client/token.ts'
import { sessionCookieOf } from '../../src/auth.ts'
import { SCOPES, type Role, type Scope } from '../../src/contracts/codes.ts'
import { issuerOf } from '../../src/contracts/token.ts'
import { newId } from '../../src/id.ts'
import type { TestHub } from './hub.ts'

/** Runs one statement as the superuser, for whom no row-level security holds. */
export const asAdmin = async <T>(
  hub: TestHub,
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> => {
  const sql = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

export const newKey = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) }
}

export interface TestSystem extends Client {
  readonly clientId: string
  readonly agency: string
  readonly privateJwk: JWK
  readonly token: TokenSource
}

/** Where the hub really listens, whatever its public address says. */
export const addressOf = (hub: TestHub): string => `http://127.0.0.1:${hub.config.port}`

/** A program of an agency, registered, with its own key: it calls the API as partners do. */
export const newSystem = async (
  hub: TestHub,
  options: { readonly agency?: string; readonly scopes?: readonly Scope[] } = {},
): Promise<TestSystem> => {
  const { agency = newId(), scopes = SCOPES } = options
  const clientId = `test-${randomUUID()}`
  const privateJwk = await newKey()
  await asAdmin(hub, (sql) =>
    registerClient(sql, { id: clientId, agency, jwk: privateJwk, scopes }),
  )
  const issuer = issuerOf(hub.config.publicUrl)
  const token = createTokenSource({ issuer, clientId, privateJwk, scopes })
  const client = createClient({ baseUrl: hub.config.publicUrl, token })
  return { ...client, clientId, agency, privateJwk, token }
}

export interface TestPerson {
  readonly id: string
  readonly agency: string | null
  /** Path of a fresh link that signs this person in. */
  link(): Promise<string>
}

export const newPerson = async (
  hub: TestHub,
  options: { readonly agency?: string | null; readonly roles?: readonly Role[] } = {},
): Promise<TestPerson> => {
  const { agency = newId(), roles = ['case_worker'] } = options
  const id = await asAdmin(hub, (sql) =>
    registerPerson(sql, { agency, displayName: 'Orang Contoh', roles }),
  )
  return { id, agency, link: () => asAdmin(hub, (sql) => makeSignInLink(sql, id)) }
}

/** Signs a person in and gives the `Cookie` header of the session. */
export const signIn = async (hub: TestHub, person: TestPerson): Promise<string> => {
  const url = `${addressOf(hub)}${await person.link()}`
  const response = await fetch(url, { redirect: 'manual' })
  await response.text()
  const [cookie] = response.headers.getSetCookie()[0]?.split(';') ?? []
  if (cookie?.startsWith(`${sessionCookieOf(hub.config)}=`) !== true) {
    throw new Error(`no session cookie, status ${response.status}`)
  }
  return cookie
}
