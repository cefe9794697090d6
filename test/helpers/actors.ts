import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import postgres from 'postgres'
import type { Actor } from '../../src/actor.ts'
import type { Category, Purpose, Role, Scope } from '../../src/contracts/codes.ts'
import { ACCESS_TOKEN_TYPE, audienceOf, issuerOf } from '../../src/contracts/token.ts'
import { newId } from '../../src/id.ts'
import type { TestHub } from './hub.ts'
import { boundHeaders, TEST_JKT } from './proof.ts'

/** A person of an agency, or (agency null) of the hub itself. */
export const personOf = (agency: string | null, ...roles: Role[]): Actor => ({
  kind: 'person',
  id: newId(),
  agency,
  roles,
  scopes: [],
})

/** A program of an agency. */
export const systemOf = (agency: string, ...scopes: Scope[]): Actor => ({
  kind: 'system',
  id: `test-${randomUUID().slice(0, 8)}`,
  agency,
  roles: [],
  scopes,
})

/** An access token as identity would issue it: any role of any agency can be played. */
export async function tokenFor(
  hub: Pick<TestHub, 'keys' | 'config'>,
  actor: Actor,
): Promise<string> {
  const { publicUrl } = hub.config
  const own =
    actor.kind === 'system'
      ? {
          sub: actor.id,
          client_id: actor.id,
          agency: actor.agency,
          scope: actor.scopes.join(' '),
          cnf: { jkt: TEST_JKT },
        }
      : {
          sub: actor.id,
          client_id: 'portal',
          agency: actor.agency,
          roles: actor.roles,
          auth_time: actor.authenticatedAt ?? Math.floor(Date.now() / 1000),
        }
  return await new SignJWT(own)
    .setProtectedHeader({ alg: 'ES256', typ: ACCESS_TOKEN_TYPE, kid: hub.keys.tokens.kid })
    .setIssuer(issuerOf(publicUrl))
    .setAudience(audienceOf(publicUrl))
    .setIssuedAt()
    .setExpirationTime('5m')
    .setJti(randomUUID())
    .sign(hub.keys.tokens.privateKey)
}

export interface Answered {
  readonly status: number
  // The shape differs by route and each test asserts its own.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
  readonly text: string
  readonly headers: Headers
}

export interface CallOptions {
  /** A fresh one for every change when absent; null sends none. */
  readonly key?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  options?: CallOptions,
) => Promise<Answered>

/** Makes the program known to the hub, as far as a token of it needs. */
const enroll = async (hub: Pick<TestHub, 'database'>, actor: Actor): Promise<void> => {
  const sql = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`
      insert into identity.client (id, agency, jwks, scopes)
      values (${actor.id}, ${actor.agency}, '{"keys": []}', ${[...actor.scopes]})
      on conflict do nothing`
  } finally {
    await sql.end()
  }
}

/** The HTTP API as this actor reaches it, over the hub's real socket. Texts are asked in English. */
export async function callAs(hub: TestHub, actor: Actor): Promise<Call> {
  const token = await tokenFor(hub, actor)
  const isBound = actor.kind === 'system'
  if (isBound) await enroll(hub, actor)
  return async (method, path, body, options = {}) => {
    const key = options.key === undefined ? (method === 'GET' ? null : randomUUID()) : options.key
    const response = await fetch(`${hub.url}${path}`, {
      method,
      headers: {
        ...(isBound
          ? await boundHeaders(token, method, `${hub.config.publicUrl}${path}`)
          : { authorization: `Bearer ${token}` }),
        'accept-language': 'en',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : null,
      text,
      headers: response.headers,
    }
  }
}

export interface TestAgency {
  readonly id: string
  /** Id of the service for a purpose; only those that `createNetwork` names are there. */
  readonly service: (purpose: Purpose) => string
  readonly intake: Actor
  readonly worker: Actor
  readonly supervisor: Actor
  readonly reviewer: Actor
  readonly system: Actor
}

export interface TestNetwork {
  /** Opens cases and sends. */
  readonly sender: TestAgency
  /** Offers shelter (needs identity, safety), psychosocial (identity) and emergency (nothing). */
  readonly recipient: TestAgency
  /** Offers legal (identity) and repatriation (identity, documents). */
  readonly other: TestAgency
  readonly administrator: Actor
}

const MINIMUM: Partial<Record<Purpose, readonly Category[]>> = {
  shelter: ['identity', 'safety'],
  psychosocial: ['identity'],
  legal: ['identity'],
  repatriation: ['identity', 'documents'],
}

const addAgency = async (
  sql: postgres.Sql,
  name: string,
  purposes: readonly Purpose[],
): Promise<TestAgency> => {
  const id = newId()
  const hours = {
    mon: [{ open: '08:00', close: '16:00' }],
    tue: [{ open: '08:00', close: '16:00' }],
  }
  await sql`insert into directory.agency ${sql({
    id,
    name_id: name,
    name_en: name,
    kind: 'ngo',
    area: '98.01',
    time_zone: 'Asia/Makassar',
    hours: sql.json(hours),
  })}`
  const services = new Map(purposes.map((purpose) => [purpose, newId()]))
  for (const [purpose, service] of services) {
    await sql`insert into directory.service ${sql({
      id: service,
      agency: id,
      stage: purpose,
      name_id: purpose,
      name_en: purpose,
      summary_id: '',
      summary_en: '',
      areas: ['*'],
      urgencies: ['emergency', 'urgent', 'normal'],
      needs: [],
      languages: ['id'],
      age_bands: [],
      genders: [],
      minimum_categories: [...(MINIMUM[purpose] ?? [])],
      always_open: true,
    })}`
  }
  return {
    id,
    service: (purpose) => {
      const service = services.get(purpose)
      if (service === undefined) throw new Error(`${name} offers no ${purpose}`)
      return service
    },
    intake: personOf(id, 'intake_worker'),
    worker: personOf(id, 'case_worker'),
    supervisor: personOf(id, 'supervisor'),
    reviewer: personOf(id, 'reviewer'),
    system: systemOf(id, 'referrals:send', 'referrals:receive'),
  }
}

/** Three agencies with services, put into the hub's database by the superuser. */
export async function createNetwork(hub: Pick<TestHub, 'database'>): Promise<TestNetwork> {
  const sql = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
  try {
    return {
      sender: await addAgency(sql, 'Test Sender', ['identification']),
      recipient: await addAgency(sql, 'Test Recipient', ['shelter', 'psychosocial', 'emergency']),
      other: await addAgency(sql, 'Test Other', ['legal', 'repatriation']),
      administrator: personOf(null, 'hub_administrator'),
    }
  } finally {
    await sql.end()
  }
}
