import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPrivateKey, sign, type JsonWebKey } from 'node:crypto'
import t from 'tap'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import { newId } from '../../src/id.ts'
import { loadKeys, type Keys } from '../../src/keys.ts'
import { permitClaims, signPermit, verifyPermit, type PermitFacts } from '../../src/permits.ts'

const HUB = 'http://127.0.0.1:1'
const folder = await mkdtemp(join(tmpdir(), 'titian-permits-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const keys = await loadKeys(folder, null)
const jwks = { keys: [keys.permits.publicJwk] }
const facts: PermitFacts = {
  referral: newId(),
  case: newId(),
  sender: newId(),
  recipient: newId(),
  actor: newId(),
  purpose: 'shelter',
  categories: ['identity', 'safety'],
  basis: 'consent',
  onward: 'none',
  endsAt: '2027-02-22T23:59:59.5Z',
  statement: { id: newId(), version: 3, digest: 'A'.repeat(43) },
  entry: newId(),
  sentAt: new Date(),
}
const expected = { issuer: HUB, audience: permitAudienceOf(facts.recipient) }

/** A permit with any header and claims, under any key of ours. */
const forge = (header: object, claims: object, by: Keys['permits'] = keys.permits): string => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = `${encode(header)}.${encode(claims)}`
  const key = createPrivateKey({ key: by.privateJwk as JsonWebKey, format: 'jwk' })
  const mac = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${mac.toString('base64url')}`
}

t.test('a permit holds for its one receiver and says nothing personal', async (t) => {
  const token = await signPermit(keys, HUB, facts)
  const claims = await verifyPermit(token, jwks, expected)
  t.same(claims, permitClaims(keys, HUB, facts), 'the same facts give the same claims')
  t.equal(claims?.exp, (claims?.iat ?? 0) + 900)
  t.equal(claims?.authorization_details[0]?.retain_until, '2027-02-22')
  const text = JSON.stringify(claims)
  t.notOk(text.includes(facts.case) || text.includes(facts.actor), 'pseudonyms alone')
  const elsewhere = permitClaims(keys, HUB, { ...facts, recipient: newId() })
  t.not(elsewhere.sub, claims?.sub, 'another agency is told another name')
  t.ok(token.length < 2048)
})

t.test('another lawful basis is never shown as consent', async (t) => {
  const other = { ...facts, basis: 'vital_interest', statement: null } as const
  const claims = await verifyPermit(await signPermit(keys, HUB, other), jwks, expected)
  t.equal(claims?.cst, undefined)
  t.equal(claims?.authorization_details[0]?.basis, 'vital_interest')
})

t.test('what does not hold is refused', async (t) => {
  const good = permitClaims(keys, HUB, facts)
  const header = { alg: 'ES256', typ: 'handoff-permit+jwt', kid: keys.permits.kid }
  t.ok(await verifyPermit(forge(header, good), jwks, expected), 'the forge itself works')
  const token = forge(header, good)
  const lastOf = (text: string) => text.slice(-1)
  const spelled = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
    .map((letter) => token.slice(0, -1) + letter)
    .filter(
      (other) =>
        lastOf(other) !== lastOf(token) &&
        Buffer.from(other.split('.')[2] ?? '', 'base64url').equals(
          Buffer.from(token.split('.')[2] ?? '', 'base64url'),
        ),
    )
  t.ok(spelled.length > 0, 'the signature has other spellings')
  const bad: Record<string, string> = {
    'another spelling': spelled[0] ?? '',
    padding: `${token}==`,
    'a line break': `${token}\n`,
    'another typ': forge({ ...header, typ: 'at+jwt' }, good),
    'no kid': forge({ alg: header.alg, typ: header.typ }, good),
    'a key of its own': forge({ ...header, jwk: keys.tokens.publicJwk }, good),
    'a key address': forge({ ...header, jku: 'https://a.example' }, good),
    'another key': forge(header, good, keys.tokens),
    'another key by its name': forge({ ...header, kid: keys.tokens.kid }, good, keys.tokens),
    'another receiver': forge(header, { ...good, aud: permitAudienceOf(newId()) }),
    'two receivers': forge(header, { ...good, aud: [good.aud, permitAudienceOf(newId())] }),
    'a receiver in a list': forge(header, { ...good, aud: [good.aud] }),
    'another issuer': forge(header, { ...good, iss: 'https://other.example' }),
    'too late': forge(header, { ...good, exp: good.iat - 31, iat: good.iat - 931 }),
    'too old': forge(header, { ...good, iat: good.iat - 931 }),
    'from the future': forge(header, { ...good, iat: good.iat + 60, nbf: good.iat + 60 }),
    'no end': forge(header, { ...good, exp: undefined }),
    'one more claim': forge(header, { ...good, name: 'x' }),
    'one more category': forge(header, {
      ...good,
      authorization_details: [{ ...good.authorization_details[0], datatypes: ['everything'] }],
    }),
    'no algorithm': `${forge({ ...header, alg: 'none' }, good)
      .split('.')
      .slice(0, 2)
      .join('.')}.`,
    nothing: '',
  }
  for (const [what, permit] of Object.entries(bad)) {
    t.equal(await verifyPermit(permit, jwks, expected), null, what)
  }
})
