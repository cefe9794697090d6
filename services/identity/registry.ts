import { randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import type { Sql } from 'postgres'
import { digestOf } from '../../src/auth.ts'
import type { Role, Scope } from '../../src/contracts/codes.ts'
import type { Db } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import type { Language } from '../../src/problem.ts'

/** Identity's own door, or an administrator's connection. */
export type Door = Pick<Db, 'call'> | Sql

const call = async <Result extends object>(door: Door, name: string, row: object) => {
  const text = `select * from ${name}($1::text::jsonb)`
  const result =
    'call' in door && typeof door !== 'function'
      ? await door.call<Result>(name, [row])
      : ((await (door as Sql).unsafe(text, [JSON.stringify([row])])) as unknown as Result[])
  return result[0]
}

export interface NewPerson {
  /** Made when absent. An id that is known changes that person. */
  readonly id?: string
  /** Null for those who work for the hub itself. */
  readonly agency: string | null
  readonly displayName: string
  readonly roles: readonly Role[]
  readonly language?: Language
}

/** Registers a person who may sign in. Answers the person's id. */
export const registerPerson = async (door: Door, person: NewPerson): Promise<string> => {
  const id = person.id ?? newId()
  await call(door, 'identity.register_people', {
    id,
    agency: person.agency,
    display_name: person.displayName,
    roles: person.roles,
    language: person.language ?? 'id',
  })
  return id
}

export interface NewClient {
  /** 3 to 63 of a-z, 0-9 and hyphens. An id that is known gets this key and these scopes. */
  readonly id: string
  readonly agency: string
  /** Public P-256 key, or a key pair whose private part is left out here. */
  readonly jwk: JWK
  readonly scopes: readonly Scope[]
}

/**
 * Registers a program of an agency.
 * @throws when the id belongs to another agency, or the key is not of P-256
 */
export const registerClient = async (door: Door, client: NewClient): Promise<void> => {
  const { kty, crv, x, y, kid } = client.jwk
  if (kty !== 'EC' || crv !== 'P-256') throw new TypeError('a client key MUST be of P-256 (ES256)')
  const key = { kty, crv, x, y, alg: 'ES256', use: 'sig', ...(kid === undefined ? {} : { kid }) }
  const { id, agency, scopes } = client
  const ask = { id, agency, jwks: { keys: [key] }, scopes }
  const row = await call<{ registered: boolean }>(door, 'identity.register_clients', ask)
  if (row?.registered !== true) throw new Error('this client id belongs to another agency')
}

/**
 * Makes a link that signs a person in once, within 10 minutes. Answers its path, below the hub's
 * address; the code in it MUST go to that person alone.
 * @throws when there is no such person, or the person is not active
 */
export const makeSignInLink = async (door: Door, person: string): Promise<string> => {
  const code = randomBytes(32).toString('base64url')
  const ask = { person, code_hash: digestOf(code) }
  const row = await call<{ made: boolean }>(door, 'identity.make_sign_in_links', ask)
  if (row?.made !== true) throw new Error('no active person has this id')
  return `/sign-in/${code}`
}

/**
 * Makes an invitation for a person, good once and for 7 days, in place of those before it. Answers its
 * path, below the hub's address; the code in it MUST go to that person alone.
 * @throws when there is no such person, or the person is not active
 */
export const makeInvitation = async (door: Door, person: string, by: string): Promise<string> => {
  const code = randomBytes(32).toString('base64url')
  const ask = { person, code_hash: digestOf(code), made_by: by }
  const row = await call<{ made: boolean }>(door, 'identity.make_invitations', ask)
  if (row?.made !== true) throw new Error('no active person has this id')
  return `/invitation/${code}`
}
