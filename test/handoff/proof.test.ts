// Goal: whoever received a hand-off can check all of it without the hub, and learns from the list what
// ended. Method: hand-offs through the API; the documents verified with keys that were asked for apart.
import { createHash } from 'node:crypto'
import type { JSONWebKeySet } from 'jose'
import t from 'tap'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import type { Category } from '../../src/contracts/codes.ts'
import type { HandoffProof } from '../../src/contracts/handoff.ts'
import { verifyHandoff, type Trust } from '../../src/handoff/verify.ts'
import { newId } from '../../src/id.ts'
import { withoutInstance } from '../helpers/referral-scene.ts'
import { createScene } from '../helpers/referral-scene.ts'

const scene = await createScene(t)
const { network, admin, hub } = scene
const { sender, recipient, other } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)
const third = await scene.as(other.worker)

const keysOf = async (agency: string) =>
  (await theirs('GET', `/v1/agency-keys/${agency}`)).body as JSONWebKeySet
const trusted = async (): Promise<Trust> => {
  const hubKeys = (await (await fetch(`${hub.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
  const own = await keysOf(sender.id)
  return { hubKeys, agencyKeys: (name) => (name === permitAudienceOf(sender.id) ? own : undefined) }
}
const accepted = async (more: object = {}) => {
  const sent = await scene.sent(more)
  await theirs('POST', `/v1/referrals/${sent.id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${sent.id}/accept`, { version: 2 })
  return sent
}
const proofOf = async (id: string) => {
  const { status, body, text } = await theirs('GET', `/v1/referrals/${id}/proof`)
  if (status !== 200) throw new Error(text)
  return body as HandoffProof
}
const expected = { issuer: hub.config.publicUrl, audience: permitAudienceOf(recipient.id) }
const judge = async (proof: HandoffProof, more: object = {}) =>
  await verifyHandoff(proof, await trusted(), { ...expected, ...more })
const listOf = async (proof: HandoffProof): Promise<string> => {
  const claims = JSON.parse(Buffer.from(proof.permit.split('.')[1] ?? '', 'base64url').toString())
  const { uri } = claims.status.status_list
  return (await theirs('GET', uri.slice(hub.config.publicUrl.length))).text
}

t.test('a recipient checks a hand-off offline, down to the sealed parts', async (t) => {
  const { id, manifest } = await accepted()
  const proof = await proofOf(id)
  const stored = await admin<{ category: Category; ciphertext: Buffer }[]>`
    select category, ciphertext from referrals.package where referral_id = ${id}`
  const parts = new Map(stored.map(({ category, ciphertext }) => [category, ciphertext]))
  t.equal(parts.size, 2)
  const verdict = await judge(proof, { parts })
  t.match(verdict, { holds: true })
  if (!verdict.holds) return
  t.match(verdict.permit.authorization_details, [{ datatypes: ['identity', 'safety'] }])
  t.match(verdict.manifest, { custody: 'hub', jti: `h_${id.replaceAll('-', '')}` })
  t.match(verdict.statement?.authorization_details, [{ locations: [expected.audience] }])
  t.equal(verdict.statement?.sub, verdict.permit.sub, 'the same name in both')
  const payload = (jws: string) => jws.split('.').slice(0, 2).join('.')
  t.equal(payload(manifest), payload(proof.manifest), 'as the sender was given it')
  const text = [proof.permit, proof.manifest, proof.statement ?? '']
    .map((jws) => Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString())
    .join()
  t.notOk(text.includes(other.id), 'no other recipient is named')
  parts.set('identity', Buffer.from('x'))
  t.match(await judge(proof, { parts }), { holds: false, step: 'manifest' })
  const entries = (await scene.entries(id)).filter(
    (row) => row.type === 'referrals.permit.issued.v1',
  )
  t.match(entries, [{ agency: recipient.id }], 'the giving is on the record')
  const [key] = (await keysOf(sender.id)).keys
  t.match(key, { custody: 'hub', kid: verdict.permit.cnf.jkt, d: undefined })
})

t.test('what is withdrawn shows in the list, and no proof is given any more', async (t) => {
  const first = await accepted()
  const proof = await proofOf(first.id)
  const whole = { case: first.case, scope: 'all_sharing' }
  t.equal((await call('POST', '/v1/withdrawals', whole)).status, 200)
  t.match(await theirs('GET', `/v1/referrals/${first.id}/proof`), {
    status: 409,
    body: { code: 'consent_ended' },
  })
  const { status_list: list } = JSON.parse(
    Buffer.from((await listOf(proof)).split('.')[1] ?? '', 'base64url').toString(),
  )
  t.equal(list.bits, 2)
  t.match(await judge({ ...proof, status: await listOf(proof) }), {
    holds: false,
    step: 'status',
    reason: 'the permit has ended',
  })
  t.match(await judge(proof), { holds: true }, 'an older list still says otherwise')
  const late = new Date(Date.now() + 301_000)
  t.match(await judge(proof, { now: late }), { holds: false, step: 'status' }, 'for 300 seconds')
})

t.test('a permit that was narrowed is replaced by another', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const wanted = scene.asked(caseId, { service: recipient.service('psychosocial') })
  const { id } = (await call('POST', '/v1/referrals', wanted)).body
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  const wide = await proofOf(id)
  const about = { case: caseId, scope: 'all_sharing', category: 'safety' }
  await call('POST', '/v1/withdrawals', about)
  const narrow = await proofOf(id)
  t.match(await judge({ ...wide, status: narrow.status }), {
    holds: false,
    reason: /narrowed/,
  })
  const verdict = await judge(narrow)
  t.match(verdict, {
    holds: true,
    permit: { authorization_details: [{ datatypes: ['identity'] }] },
    manifest: { parts: [{ category: 'identity' }] },
  })
})

t.test('a closed referral has no permit that stands', async (t) => {
  const { id } = await accepted()
  const proof = await proofOf(id)
  const end = { version: 3, reason: 'no_show' }
  t.equal((await theirs('POST', `/v1/referrals/${id}/end-unserved`, end)).status, 200)
  t.equal((await theirs('GET', `/v1/referrals/${id}/proof`)).status, 409)
  const [row] = await admin`select e.status from referrals.referral r
    join consent.permit_end e on e.number = r.permit_number where r.id = ${id}`
  t.equal(row?.['status'], 1)
  t.ok(proof)
})

t.test('who may have it', async (t) => {
  const sent = await scene.sent()
  const path = `/v1/referrals/${sent.id}/proof`
  t.equal((await theirs('GET', path)).body.code, 'not_yet_accepted', 'the envelope alone')
  t.equal((await call('GET', path)).status, 200, 'the sender')
  const absent = await third('GET', `/v1/referrals/${newId()}/proof`)
  t.equal(withoutInstance(await third('GET', path)), withoutInstance(absent))
  t.equal(absent.status, 404)
  t.equal((await theirs('GET', '/v1/status-lists/999')).status, 404)
  for (const wrong of ['-1', 'x', '99999999999']) {
    t.equal((await theirs('GET', `/v1/status-lists/${wrong}`)).status, 400, wrong)
  }
  t.equal((await fetch(`${hub.url}/v1/status-lists/0`)).status, 401, 'agencies alone')
  t.equal((await theirs('GET', `/v1/agency-keys/${newId()}`)).status, 404)
  const list = await theirs('GET', '/v1/status-lists/0')
  t.equal(list.headers.get('content-type'), 'application/statuslist+jwt')
})

t.test('each agency has a key of its own, the same in every service', async (t) => {
  const [one] = (await keysOf(sender.id)).keys
  const [two] = (await keysOf(recipient.id)).keys
  t.not(one?.x, two?.x)
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const { items } = (await call('GET', `/v1/consents?case=${caseId}`)).body
  const head = JSON.parse(Buffer.from(items[0].jws.split('.')[0], 'base64url').toString())
  t.same(head, { alg: 'ES256', typ: 'consent-statement+jwt', kid: one?.kid })
  t.equal(items[0].digest, createHash('sha256').update(items[0].body).digest('base64url'))
})
