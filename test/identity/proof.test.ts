// Goal: a program's token is worth nothing without its key, and nothing after it is switched off.
// Method: the API over real sockets of two processes' worth of hub, with proofs wrong in one way each.
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { identity } from '../../services/identity/service.ts'
import { callAs, systemOf } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { asAdmin, newSystem } from '../helpers/identity.ts'
import { boundHeaders, proofFor, type ProofChanges } from '../helpers/proof.ts'
import { systemToken } from '../helpers/token.ts'

const hub = await startHub(t, { services: [identity] })
const replica = await startHub(t, {
  services: [identity],
  like: hub,
  env: { PUBLIC_URL: hub.config.publicUrl },
})
const program = systemOf('0190f0c8-7a51-7000-8000-000000000001', 'referrals:send', 'audit:read')
await callAs(hub, program)
const token = await systemToken(hub, { ...program, agency: program.agency ?? '' })
const url = `${hub.url}/v1/me`

const ask = async (headers: Record<string, string>, of = hub, method = 'GET') => {
  const response = await fetch(`http://127.0.0.1:${of.config.port}/v1/me?x=1`, { method, headers })
  await response.text()
  return response
}
const withProof = async (changes: ProofChanges, method = 'GET', address = url) =>
  await ask({
    authorization: `DPoP ${token}`,
    dpop: await proofFor(token, method, address, changes),
  })
const now = () => Math.floor(Date.now() / 1000)

t.test('with the proof of its key a token is good', async (t) => {
  t.equal((await withProof({})).status, 200)
  t.equal((await withProof({ claims: { iat: now() - 50 } })).status, 200, 'a little late')
  t.equal((await withProof({ claims: { iat: now() + 5 } })).status, 200, 'a fast clock')
  t.equal((await withProof({ claims: { htu: `${url}?x=2` } })).status, 200, 'the query is left out')
})

t.test('without one, or with another, it is not', async (t) => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = other.publicKey.export({ format: 'jwk' })
  const secret = other.privateKey.export({ format: 'jwk' })
  const wrong: Record<string, ProofChanges> = {
    'of another key': { key: other.privateKey, header: { jwk } },
    'that names another key': { header: { jwk } },
    'signed by another key': { key: other.privateKey },
    'with a private key in it': { key: other.privateKey, header: { jwk: secret } },
    'without a key': { header: { jwk: undefined } },
    'of another type': { header: { typ: 'JWT' } },
    'with an address of keys': { header: { jku: 'https://evil.example/jwks' } },
    'too old': { claims: { iat: now() - 61 } },
    'from the future': { claims: { iat: now() + 30 } },
    'without time': { claims: { iat: undefined } },
    'without name': { claims: { jti: undefined } },
    'with an empty name': { claims: { jti: '' } },
    'for another method': { claims: { htm: 'POST' } },
    'for another path': { claims: { htu: `${hub.url}/v1/you` } },
    'for another hub': { claims: { htu: 'https://evil.example/v1/me' } },
    'for another token': { claims: { ath: 'x' } },
    'for no token': { claims: { ath: undefined } },
  }
  for (const [name, changes] of Object.entries(wrong)) {
    const response = await withProof(changes)
    t.equal(response.status, 401, `a proof ${name}`)
    t.match(response.headers.get('www-authenticate'), /^DPoP algs="ES256"/)
  }
  const dpop = await proofFor(token, 'GET', url)
  t.equal((await ask({ authorization: `DPoP ${token}` })).status, 401, 'no proof')
  t.equal((await ask({ authorization: `Bearer ${token}`, dpop })).status, 401, 'as a plain token')
  const spaced = { authorization: `DPoP ${token}`, dpop: `${dpop}=` }
  t.equal((await ask(spaced)).status, 401, 'another spelling')
})

t.test('a proof is used once, whichever process sees it', async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const headers = await boundHeaders(token, 'GET', url)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => ask(headers, n % 2 === 0 ? hub : replica)),
    )
    const good = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status === 401)
    t.strictSame([good.length, refused.length], [1, 7])
  }
})

t.test('a program that is switched off, or has fewer scopes, is so at its next call', async (t) => {
  const system = await newSystem(hub, { scopes: ['referrals:send', 'audit:read'] })
  t.match(await system.get('/v1/me'), { scopes: ['referrals:send', 'audit:read'] })
  await asAdmin(
    hub,
    (sql) => sql`update identity.client set scopes = '{audit:read}' where id = ${system.clientId}`,
  )
  t.match(await system.get('/v1/me'), { scopes: ['audit:read'] })
  await asAdmin(
    hub,
    (sql) => sql`update identity.client set active = false where id = ${system.clientId}`,
  )
  await t.rejects(system.get('/v1/me'), { code: 'not_signed_in' })
})
