// Goal: an agency's own key counts only when it holds the private part, two administrators heard its
// fingerprint and a day has passed; and ends when it must. Method: the API, with keys made here.
import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import t from 'tap'
import { identity } from '../../services/identity/service.ts'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import { newId } from '../../src/id.ts'
import { verifyHandoff } from '../../src/handoff/verify.ts'
import { personOf, systemOf, type Call } from '../helpers/actors.ts'
import { forge, respelled } from '../helpers/handoff.ts'
import { recordSigned } from '../helpers/own-key.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { CONSENTED } from '../helpers/statement.ts'

const scene = await createScene(t, [identity])
const { network, admin } = scene
const agency = network.sender.id
const supervisor = await scene.as(network.sender.supervisor)
const worker = await scene.as(network.sender.worker)
const stranger = await scene.as(network.other.supervisor)
const first = await scene.as(personOf(null, 'hub_administrator'))
const second = await scene.as(personOf(null, 'hub_administrator'))
const PROPOSALS = '/v1/identity/proposals'
const KEYS = `/v1/agency-keys/${agency}`

const makeKey = async (curve = 'P-256') => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve })
  const whole = privateKey.export({ format: 'jwk' }) as JWK
  const { d: _d, ...jwk } = whole
  return { privateJwk: whole, jwk, kid: await calculateJwkThumbprint(jwk) }
}
type Key = Awaited<ReturnType<typeof makeKey>>

const challengeOf = async (call: Call) => (await call('GET', '/v1/identity/key-challenge')).body
const claimsNow = async (call: Call, more: object = {}) => {
  const { challenge, audience } = await challengeOf(call)
  const iat = Math.floor(Date.now() / 1000)
  return { iss: permitAudienceOf(agency), aud: audience, iat, challenge, ...more }
}
const headOf = (key: Key, more: object = {}) => ({
  alg: 'ES256',
  typ: 'agency-key-proof+jwt',
  kid: key.kid,
  ...more,
})
const asked = (key: Key, proof: string, more: object = { jwk: key.jwk }) => ({
  kind: 'agency_key',
  agency,
  agency_key: { ...more, proof },
})
const propose = async (call: Call, key: Key) =>
  await call('POST', PROPOSALS, asked(key, forge(headOf(key), await claimsNow(call), key)))
const approve = (call: Call, proposal: { id: string; fingerprint: string }, version: number) =>
  call('POST', `${PROPOSALS}/${proposal.id}/approve`, {
    version,
    fingerprint: proposal.fingerprint,
  })
const listed = async (call: Call, kid: string) => {
  const { body } = await call('GET', KEYS)
  return [...body.keys, ...body.waiting].find((key: { kid: string }) => key.kid === kid)
}
const admitted = async () => {
  const key = await makeKey()
  const { body: proposal } = await propose(supervisor, key)
  await approve(first, proposal, 1)
  await approve(second, proposal, 2)
  return key
}
const letRest = (kid: string) =>
  admin`update consent.agency_key set live_at = now() - interval '1 minute' where kid = ${kid}`
const end = (call: Call, kid: string, state: string, of = agency) =>
  call('POST', `/v1/agency-keys/${of}/${kid}/end`, { state })

t.test('proposed, heard by two, a day of rest, then live', async (t) => {
  const key = await makeKey()
  const pem = createPublicKey({ key: key.jwk as JsonWebKey, format: 'jwk' })
    .export({ format: 'pem', type: 'spki' })
    .toString()
  const proof = forge(headOf(key), await claimsNow(supervisor), key)
  const {
    status,
    body: proposal,
    text,
  } = await supervisor('POST', PROPOSALS, asked(key, proof, { pem }))
  t.equal(status, 201, text)
  t.match(proposal, { kind: 'agency_key', state: 'open', approved_by: [], agency })
  t.match(proposal.fingerprint, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
  t.notOk(text.includes(proof), 'the proof is not kept')
  const { fingerprint } = proposal
  const seenBy = async (call: Call) =>
    (await call('GET', PROPOSALS)).body.items.find(({ id }: { id: string }) => id === proposal.id)
  t.match(await seenBy(supervisor), { fingerprint, agency_key: { jwk: { x: key.jwk.x } } })
  const hidden = (text: string) =>
    !text.includes(fingerprint) && !text.includes(key.kid) && !text.includes(key.jwk.x ?? '')
  t.same((await seenBy(first)).fingerprint, null, 'it is heard, not read')
  t.ok(hidden((await first('GET', PROPOSALS)).text), 'nor what it follows from')
  t.ok(hidden((await first('GET', KEYS)).text), 'in no list')
  t.match(await listed(worker, key.kid), { state: 'proposed', fingerprint, live_at: null })
  const unheard = await first('POST', `${PROPOSALS}/${proposal.id}/approve`, { version: 1 })
  t.match(unheard.body, { code: 'fingerprint_differs' })
  const once = await approve(first, proposal, 1)
  t.match(once.body, { state: 'open', agency_key: {}, fingerprint: null })
  t.ok(hidden(once.text), 'nor told to who agreed')
  t.match((await approve(first, proposal, 2)).body, { code: 'already_approved' })
  t.match((await approve(second, proposal, 2)).body, { state: 'carried_out', fingerprint })
  const cooling = await listed(stranger, key.kid)
  t.match(cooling, { state: 'cooling', fingerprint })
  t.equal(Date.parse(cooling.live_at) - Date.parse(cooling.since), 86_400_000, '24 hours')
  const before = (await worker('GET', KEYS)).body
  t.same(
    before.keys.map((one: { custody: string }) => one.custody),
    ['hub'],
    'nobody believes it yet',
  )
  await letRest(key.kid)
  t.match(await listed(worker, key.kid), { state: 'live', custody: 'agency', x: key.jwk.x ?? '' })
  t.match((await propose(supervisor, key)).body, { code: 'key_known' })
})

t.test('from an approved key to a hand-off that its recipient checks and opens', async (t) => {
  const key = await admitted()
  const program = await scene.as(systemOf(agency, 'referrals:send'))
  const { recipient } = network
  const theirs = await scene.as(recipient.worker)
  const caseId = await scene.openCase()
  const said = { ...CONSENTED, case: caseId, recipients: [recipient.id] }
  const early = await recordSigned(program, said, key)
  t.match(early.body, { code: 'statement_signature_wrong' }, 'not on the first day')
  await letRest(key.kid)
  const recorded = await recordSigned(program, said, key)
  t.match(recorded.body, { statement: { custody: 'agency' } }, recorded.text)
  const { body: sent } = await program('POST', '/v1/referrals', scene.asked(caseId))
  const path = `/v1/referrals/${sent.id}`
  await theirs('POST', `${path}/acknowledge`, { version: 1 })
  await theirs('POST', `${path}/accept`, { version: 2 })
  t.equal((await theirs('POST', `${path}/package/identity/open`)).status, 200)
  const { body: proof } = await theirs('GET', `${path}/proof`)
  const { body: keys } = await theirs('GET', KEYS)
  const hubKeys = await (await fetch(`${scene.hub.url}/.well-known/jwks.json`)).json()
  const verdict = await verifyHandoff(
    proof,
    { hubKeys, agencyKeys: () => keys },
    { issuer: scene.hub.config.publicUrl, audience: permitAudienceOf(recipient.id) },
  )
  t.match(verdict, { holds: true, statement: { custody: 'agency' }, manifest: { custody: 'hub' } })
  const head = JSON.parse(Buffer.from(proof.statement.split('.')[0], 'base64url').toString())
  t.equal(head.kid, key.kid)
})

t.test('of two proposals of one key at once, one is made', async (t) => {
  const key = await makeKey()
  const both = await Promise.all([propose(supervisor, key), propose(first, key)])
  t.same(new Set(both.map(({ status }) => status)), new Set([201, 409]))
  t.match(both.find(({ status }) => status === 409)?.body, { code: 'key_known' })
  const iss = permitAudienceOf(network.other.id)
  const proof = forge(headOf(key), await claimsNow(stranger, { iss }), key)
  const theirs = { ...asked(key, proof), agency: network.other.id }
  const elsewhere = await stranger('POST', PROPOSALS, theirs)
  t.match(elsewhere.body, { code: 'key_known' }, 'for whichever agency')
})

t.test('whoever does not hold the key, or says it wrongly, is refused', async (t) => {
  const [key, other] = [await makeKey(), await makeKey()]
  const claims = await claimsNow(supervisor)
  const good = forge(headOf(key), claims, key)
  const theirs = await claimsNow(first)
  const wrong: Record<string, string> = {
    'signed by another key': forge(headOf(key), claims, other),
    'another kid': forge(headOf(key, { kid: other.kid }), claims, key),
    'no kid': forge(headOf(key, { kid: undefined }), claims, key),
    'another typ': forge(headOf(key, { typ: 'JWT' }), claims, key),
    'no typ': forge(headOf(key, { typ: undefined }), claims, key),
    'alg none': `${forge(headOf(key, { alg: 'none' }), claims, key)
      .split('.')
      .slice(0, 2)
      .join('.')}.`,
    'alg HS256': forge(headOf(key, { alg: 'HS256' }), claims, key),
    'alg ES384': forge(headOf(key, { alg: 'ES384' }), claims, key),
    'a key of its own': forge(headOf(key, { jwk: key.jwk }), claims, key),
    'a key address': forge(headOf(key, { jku: 'https://a.example' }), claims, key),
    'an order to understand': forge(headOf(key, { crit: ['x'], x: 1 }), claims, key),
    'another spelling': respelled(good),
    'another agency': forge(headOf(key), { ...claims, iss: permitAudienceOf(newId()) }, key),
    'another hub': forge(headOf(key), { ...claims, aud: 'https://other.example' }, key),
    'two hubs': forge(headOf(key), { ...claims, aud: [claims.aud] }, key),
    'an old time': forge(headOf(key), { ...claims, iat: claims.iat - 601 }, key),
    'a time to come': forge(headOf(key), { ...claims, iat: claims.iat + 60 }, key),
    'no time': forge(headOf(key), { ...claims, iat: undefined }, key),
    'no challenge': forge(headOf(key), { ...claims, challenge: undefined }, key),
    'the challenge of another': forge(headOf(key), theirs, key),
    'a challenge made up': forge(
      headOf(key),
      { ...claims, challenge: `${claims.iat + 600}.${'A'.repeat(43)}` },
      key,
    ),
    'no JSON': forge(headOf(key), 'x', key),
    nothing: '',
  }
  for (const [what, proof] of Object.entries(wrong)) {
    const { status, body } = await supervisor('POST', PROPOSALS, asked(key, proof))
    t.match({ status, body }, { status: 422, body: { code: 'key_proof_wrong' } }, what)
  }
  const p384 = await makeKey('P-384')
  const curve = createPublicKey({ key: p384.jwk as JsonWebKey, format: 'jwk' })
    .export({ format: 'pem', type: 'spki' })
    .toString()
  const forms = [{}, { jwk: key.jwk, pem: curve }, { pem: curve }]
  for (const form of forms) {
    t.match((await supervisor('POST', PROPOSALS, asked(key, good, form))).body, {
      code: 'key_proof_wrong',
    })
  }
  for (const form of [{ jwk: key.privateJwk }, { jwk: p384.jwk }, { pem: 'x' }]) {
    t.equal((await supervisor('POST', PROPOSALS, asked(key, good, form))).status, 400)
  }
  t.equal((await worker('POST', PROPOSALS, asked(key, good))).status, 403, 'a case worker')
  t.equal((await stranger('POST', PROPOSALS, asked(key, good))).status, 404, 'another agency')
  t.equal((await supervisor('POST', PROPOSALS, asked(key, good))).status, 201, 'and this one holds')
  const again = await supervisor('POST', PROPOSALS, asked(key, good))
  t.match(again.body, { code: 'key_known' }, 'once')
})

t.test(
  'an agency retires or revokes its own, an administrator any, nobody another’s',
  async (t) => {
    const [old, next] = [await admitted(), await admitted()]
    await letRest(old.kid)
    await letRest(next.kid)
    t.equal((await end(worker, old.kid, 'retired')).status, 403)
    const foreign = await end(stranger, old.kid, 'revoked')
    const absent = await end(stranger, 'A'.repeat(43), 'revoked')
    t.equal(foreign.status, 404)
    t.same({ ...foreign.body, instance: '' }, { ...absent.body, instance: '' })
    t.equal((await end(stranger, old.kid, 'revoked', network.other.id)).status, 404)
    t.equal((await end(supervisor, old.kid, 'retired')).status, 200)
    t.match(await listed(worker, old.kid), { state: 'retired' }, 'it still verifies')
    t.match(await listed(worker, next.kid), { state: 'live' }, 'beside the next one')
    t.match((await end(supervisor, old.kid, 'retired')).body, { code: 'agency_key_ended' })
    t.equal((await end(first, old.kid, 'revoked')).status, 200)
    t.match(await listed(worker, old.kid), {
      state: 'revoked',
      told: { holders: 0, confirmed: 0, unreached: [] },
    })
    t.match(await listed(stranger, old.kid), { state: 'revoked', told: null })
    t.match((await end(first, old.kid, 'retired')).body, { code: 'agency_key_ended' })
    const [entry] = await admin`select concerned, data from journal.entry
    where type = 'consent.agency_key.changed.v1' order by seq desc limit 1`
    t.match(entry, { concerned: [agency], data: { kid: old.kid, state: 'revoked' } })
    t.match(
      (await propose(supervisor, old)).body,
      { code: 'key_known' },
      'a revoked one is so for ever',
    )
    const resting = await admitted()
    t.equal((await end(supervisor, resting.kid, 'revoked')).status, 200)
    t.match(await listed(worker, resting.kid), { state: 'revoked' }, 'also before it counts')
  },
)
