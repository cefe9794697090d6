import { createHmac, randomUUID, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT, type JWTPayload } from 'jose'
import t from 'tap'
import { loadKeys, type SigningKey } from '../src/keys.ts'
import { createTokenVerifier } from '../src/token.ts'

const HUB = 'https://hub.example'
const AGENCY = '0190f0c8-7a51-7000-8000-000000000001'
const now = () => Math.floor(Date.now() / 1000)

const folder = await mkdtemp(join(tmpdir(), 'titian-keys-'))
t.teardown(() => rm(folder, { recursive: true }))
const { tokens: key, permits: otherKey } = await loadKeys(folder, null)
const verify = createTokenVerifier(key.publicJwk, HUB)

const claims = (changes: JWTPayload = {}): JWTPayload => ({
  iss: `${HUB}/oidc`,
  aud: `${HUB}/v1`,
  sub: 'agency-a',
  client_id: 'agency-a',
  agency: AGENCY,
  scope: 'referrals:send audit:read unknown:scope',
  cnf: { jkt: 'thumbprint' },
  jti: randomUUID(),
  iat: now(),
  exp: now() + 300,
  ...changes,
})

const sign = (
  payload: JWTPayload = claims(),
  header: Record<string, unknown> = {},
  by: SigningKey | SigningKey<KeyObject> = key,
): Promise<string> =>
  new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: by.kid, ...header })
    .sign(by.privateKey)

const without = (name: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name))

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The last character of a signature of 64 bytes carries four bits that no byte uses. */
const changeUnusedBits = (token: string): string => {
  const last = token.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1]
}

t.test('a token of a program tells its agency and the scopes that the hub knows', async (t) => {
  const token = await sign()
  const expected = {
    kind: 'system',
    id: 'agency-a',
    agency: AGENCY,
    roles: [],
    scopes: ['referrals:send', 'audit:read'],
  }
  t.match(await verify(token), { actor: expected, jkt: 'thumbprint' })
  t.strictSame(await verify(token), await verify(token), 'again, from memory')
})

t.test('a token for a person tells roles', async (t) => {
  const person = '0190f0c8-7a51-7000-8000-0000000000aa'
  const own = { sub: person, client_id: 'portal', cnf: undefined }
  const token = await sign(claims({ ...own, roles: ['supervisor'], auth_time: 5 }))
  const actor = { kind: 'person', id: person, agency: AGENCY, roles: ['supervisor'], scopes: [] }
  t.match(await verify(token), { actor: { ...actor, authenticatedAt: 5 }, jkt: null })
  t.equal(await verify(await sign(claims(own))), null, 'no roles')
  const bound = await sign(claims({ ...own, roles: ['supervisor'], cnf: { jkt: 'x' } }))
  t.equal(await verify(bound), null, 'bound: nobody issues such a token')
  const made = await sign(claims({ ...own, roles: ['root'] }))
  t.equal(await verify(made), null, 'a role that does not exist')
})

t.test('a token that was remembered ends with its time', async (t) => {
  const token = await sign(claims({ exp: now() + 60 }))
  t.ok(await verify(token))
  const { Date: RealDate } = globalThis
  t.teardown(() => (globalThis.Date = RealDate))
  const later = RealDate.now() + 120_000
  globalThis.Date = class extends RealDate {
    constructor() {
      super(later)
    }
    static override now = () => later
  } as DateConstructor
  t.equal(await verify(token), null)
})

t.test('claims and headers that are not ours are refused', async (t) => {
  const cases: Record<string, Promise<string>> = {
    expired: sign(claims({ exp: now() - 10, iat: now() - 310 })),
    'not yet valid': sign(claims({ nbf: now() + 60 })),
    'wrong issuer': sign(claims({ iss: HUB })),
    'wrong audience': sign(claims({ aud: `${HUB}/oidc` })),
    'another audience beside ours': sign(claims({ aud: [`${HUB}/v1`, 'https://evil.example'] })),
    'ID token type': sign(claims(), { typ: 'JWT' }),
    'permit type': sign(claims(), { typ: 'handoff-permit+jwt' }),
    'no type': sign(claims(), { typ: undefined }),
    'another key': sign(claims(), {}, otherKey),
    'another key under our name': sign(claims(), { kid: key.kid }, otherKey),
    'no key name': sign(claims(), { kid: undefined }),
    jku: sign(claims(), { jku: 'https://evil.example/jwks', kid: key.kid }, otherKey),
    'jku though our key': sign(claims(), { jku: 'https://evil.example/jwks' }),
    jwk: sign(claims(), { jwk: otherKey.publicJwk }, otherKey),
    x5u: sign(claims(), { x5u: 'https://evil.example/x5u' }, otherKey),
    'bound to no key': sign(claims({ cnf: undefined })),
    'bound to a certificate': sign(claims({ cnf: { 'x5t#S256': key.kid } })),
    'bound to two': sign(claims({ cnf: { jkt: key.kid, 'x5t#S256': key.kid } })),
    'agency that is no id': sign(claims({ agency: '{}' })),
    'no agency': sign(claims({ agency: null })),
    'subject of nobody': sign(claims({ sub: 'somebody' })),
  }
  for (const name of ['iss', 'aud', 'exp', 'iat', 'jti', 'sub', 'client_id', 'agency']) {
    cases[`without ${name}`] = sign(without(name))
  }
  for (const [name, token] of Object.entries(cases)) t.equal(await verify(await token), null, name)
})

t.test('other algorithms are refused', async (t) => {
  const header = (alg: string) => encode({ alg, typ: 'at+jwt', kid: key.kid })
  const body = encode(claims())
  t.equal(await verify(`${header('none')}.${body}.`), null, 'none')
  t.equal(await verify(`${header('none')}.${body}.AA`), null, 'none, with a signature')
  const secret = JSON.stringify(key.publicJwk)
  const input = `${header('HS256')}.${body}`
  const mac = createHmac('sha256', secret).update(input).digest('base64url')
  t.equal(await verify(`${input}.${mac}`), null, 'HS256 with the public key as the secret')
  const [, , signature] = (await sign()).split('.')
  t.equal(await verify(`${header('ES384')}.${body}.${signature}`), null, 'ES384')
})

t.test('one spelling of a token is taken, before and after it is remembered', async (t) => {
  const token = await sign()
  const [head, body, signature] = token.split('.')
  const spellings = {
    'a space at the end': `${token} `,
    'a space inside': `${head}.${body} .${signature}`,
    'a line break inside': `${head}.${body}\n.${signature}`,
    padding: `${token}==`,
    'padding of the body': `${head}.${body}=.${signature}`,
    'unused bits': changeUnusedBits(token),
    'standard alphabet': `${head}.${body}.${signature?.replaceAll('-', '+').replaceAll('_', '/')}=`,
    'four parts': `${token}.`,
    empty: '',
    dots: '..',
    long: `${token}${'A'.repeat(5000)}`,
  }
  for (const [name, text] of Object.entries(spellings)) t.equal(await verify(text), null, name)
  t.ok(await verify(token))
  for (const [name, text] of Object.entries(spellings)) t.equal(await verify(text), null, name)
})

t.test('a changed claim is refused', async (t) => {
  const [head, , signature] = (await sign()).split('.')
  t.equal(await verify(`${head}.${encode(claims({ scope: 'audit:read' }))}.${signature}`), null)
})
