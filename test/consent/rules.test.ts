// Goal: consent permits what was said, as long as it was said, by whom it may be said, and no more.
// Method: each rule of the document through the API, with the readings and sends that it forbids.
import t from 'tap'
import { SENSITIVE } from '../../src/contracts/codes.ts'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import { newId } from '../../src/id.ts'
import { verifyPermit } from '../../src/handoff/verify.ts'
import type { Call } from '../helpers/actors.ts'
import { createScene } from '../helpers/referral-scene.ts'

const scene = await createScene(t)
const { network, admin, asked, hub } = scene
const { sender, recipient, other } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)
const supervisor = await scene.as(sender.supervisor)
const DAY_MS = 86_400_000

const said = (caseId: string, more: object = {}) => ({
  case: caseId,
  status: 'given',
  recipients: [recipient.id],
  purposes: ['shelter', 'psychosocial', 'legal'],
  categories: ['identity', 'safety'],
  onward: 'none',
  method: 'written',
  language: 'id',
  notice: { version: '1', sha256: 'a'.repeat(64) },
  interpreter: false,
  ...more,
})
const record = (caseId: string, more: object = {}) =>
  call('POST', '/v1/consents', said(caseId, more))
const send = (caseId: string, more: object = {}) =>
  call('POST', '/v1/referrals', asked(caseId, more))
const steps = async (by: Call, id: string, version: number, ...all: [string, object?][]) => {
  let seen = version
  for (const [step, body] of all) {
    const answer = await by('POST', `/v1/referrals/${id}/${step}`, { version: seen, ...body })
    if (answer.status !== 200) throw new Error(`${step}: ${answer.text}`)
    seen = answer.body.version
  }
  return seen
}
const refusals = async (object: string) =>
  (await scene.entries(object)).filter((row) => row.outcome === 'refused').map((row) => row.reason)
const able = { guardian: { state: 'able', relation: 'mother' }, assent: true }
const inAYear = new Date(Date.now() + 365 * DAY_MS).toISOString().slice(0, 10)
const age = async (caseId: string, age_band: string) => {
  const { body } = await call('GET', `/v1/cases/${caseId}`)
  const { district, languages, needs, version } = body
  const change = { age_band, district, languages, needs, version }
  const answer = await call('PUT', `/v1/cases/${caseId}`, change)
  if (answer.status !== 200) throw new Error(answer.text)
}

t.test('a withdrawal says exactly what remains, and why', async (t) => {
  const caseId = await scene.openCase()
  await record(caseId)
  const whole = { case: caseId, scope: 'all_sharing' }
  const basis = {
    case: caseId,
    recipient: recipient.id,
    purpose: 'emergency',
    basis: 'vital_interest',
    legal_reference: 'UU 17/2023 art. 4',
    categories: ['identity', 'safety'],
    hours: 24,
  }
  const made = await supervisor('POST', '/v1/lawful-bases', basis)
  t.match(made.body, { approved_by: sender.supervisor.id, status: 'active' })
  const first = (await call('POST', '/v1/withdrawals', whole)).body
  t.match(first.remaining, [{ id: made.body.id, basis: 'vital_interest' }])
  for (const text of [first.notice.id, first.notice.en]) {
    t.match(text, /UU 17\/2023 art\. 4.*Test Recipient.*emergency.*identity, safety/)
  }
  t.match(first.notice.en, /is withdrawn.*Still permitted, not by consent/)
  t.notMatch(first.notice.en, /Nothing else permits/)
  const about = { ...whole, category: 'safety' }
  t.match((await call('POST', '/v1/withdrawals', about)).body, {
    grants: 0,
    remaining: [{ id: made.body.id }],
    notice: { en: /Nothing was consented to any more.*Still permitted/ },
  })
  const elsewhere = { case: caseId, scope: 'this_agency', recipient: other.id }
  t.match((await call('POST', '/v1/withdrawals', elsewhere)).body, {
    remaining: [],
    notice: { en: /Nothing else permits it/ },
  })
})

t.test('another basis serves its own purposes with its minimum, and ends early', async (t) => {
  const caseId = await scene.openCase()
  const basis = {
    case: caseId,
    recipient: recipient.id,
    purpose: 'emergency',
    basis: 'vital_interest',
    legal_reference: 'UU 17/2023 art. 4',
    categories: ['identity', 'safety'],
    hours: 24,
  }
  for (const wrong of [{ purpose: 'economic' }, { categories: ['narrative'] }]) {
    const answer = await supervisor('POST', '/v1/lawful-bases', { ...basis, ...wrong })
    t.match(answer, { status: 422, body: { code: 'basis_does_not_cover', purposes: Array } })
  }
  const made = (await supervisor('POST', '/v1/lawful-bases', basis)).body
  const sending = { service: recipient.service('emergency'), basis: 'vital_interest' }
  const { id } = (await send(caseId, { ...sending, urgency: 'emergency' })).body
  await steps(theirs, id, 1, ['acknowledge'], ['accept'])
  const open = (category: string) => theirs('POST', `/v1/referrals/${id}/package/${category}/open`)
  t.equal((await open('safety')).status, 200)
  const narrower = { ...basis, categories: ['identity'] }
  const narrowed = (await supervisor('POST', '/v1/lawful-bases', narrower)).body
  t.equal(narrowed.id, made.id)
  t.equal((await open('safety')).body.code, 'consent_ended', 'narrowing takes away at once')
  t.equal((await open('identity')).status, 200)
  const orders = (await theirs('GET', '/v1/stop-orders')).body.items
  t.match(orders, [{ referral: id, categories: ['safety'] }])
  const path = `/v1/lawful-bases/${made.id}/end`
  t.equal((await call('POST', path, { version: narrowed.version })).status, 403)
  t.equal((await supervisor('POST', path, { version: made.version })).status, 409)
  const elsewhere = await scene.as(recipient.supervisor)
  t.equal((await elsewhere('POST', path, { version: narrowed.version })).status, 404)
  const ended = await supervisor('POST', path, { version: narrowed.version })
  t.match(ended.body, { basis: 'vital_interest', holders: 1, confirmed: 0 }, ended.text)
  t.equal((await open('identity')).status, 409)
  t.match((await call('GET', `/v1/referrals/${id}`)).body, { state: 'revoked' })
  t.match((await send(caseId, sending)).body, { code: 'consent_missing' })
  t.equal((await supervisor('POST', path, { version: narrowed.version + 1 })).status, 409)
})

t.test('what was not ticked by itself, and what a guardian is told', async (t) => {
  const caseId = await scene.openCase()
  await record(caseId, { categories: ['identity'] })
  const psychosocial = { service: recipient.service('psychosocial') }
  const { body } = await send(caseId, psychosocial)
  t.same([body.categories, body.dropped], [['identity'], ['safety']], 'identity implies no (V)')
  for (const category of SENSITIVE) {
    const kept = await admin`select from referrals.package
      where referral_id = ${body.id} and category = ${category}`
    t.equal(kept.length, 0, `${category} did not leave`)
  }
  const child = await scene.openCase()
  await age(child, 'from_12_to_17')
  const guardian = { state: 'suspected_perpetrator', relation: 'father' }
  const excluded = await record(child, { guardian, assent: true, turns_18_on: inAYear })
  t.equal(excluded.body.code, 'guardian_cannot_consent')
  await record(child, { ...able, turns_18_on: inAYear })
  const sent = (await send(child)).body
  await steps(theirs, sent.id, 1, ['acknowledge'], ['accept'])
  const seen = await Promise.all([
    theirs('GET', `/v1/referrals/${sent.id}`),
    theirs('POST', `/v1/referrals/${sent.id}/package/identity/open`),
  ])
  const claims = Buffer.from(sent.permit.split('.')[1], 'base64url').toString()
  for (const text of [...seen.map((one) => one.text), claims]) {
    t.notMatch(text, /guardian|mother|father|perpetrator/, 'nobody else learns of a guardian')
  }
  for (const path of [`/v1/consents?case=${child}`, `/v1/withdrawals?case=${child}`]) {
    t.same((await theirs('GET', path)).body.items, [], 'the record is its own agency’s')
  }
})

t.test('recipients are agencies of the directory that are active', async (t) => {
  const caseId = await scene.openCase()
  const nobody = newId()
  await admin`insert into directory.agency select (jsonb_populate_record(a,
    ${admin.json({ id: nobody, active: false })})).* from directory.agency a where a.id = ${other.id}`
  for (const unknown of [newId(), nobody]) {
    const answer = await record(caseId, { recipients: [recipient.id, unknown] })
    t.match(answer, { status: 422, body: { code: 'recipient_unknown', recipients: [unknown] } })
    const basis = {
      case: caseId,
      recipient: unknown,
      purpose: 'legal',
      basis: 'public_task',
      legal_reference: 'UU 21/2007',
      categories: ['legal'],
      hours: 1,
    }
    t.equal((await supervisor('POST', '/v1/lawful-bases', basis)).body.code, 'recipient_unknown')
  }
  const refusing = { status: 'refused', recipients: [nobody] }
  t.equal((await record(caseId, refusing)).status, 201, 'refusing one that is gone is possible')
})

t.test('a permit says what the statement says of passing on', async (t) => {
  for (const onward of ['none', 'with_new_consent']) {
    const caseId = await scene.openCase()
    await record(caseId, { onward })
    const { permit } = (await send(caseId)).body
    const keys = { keys: [hub.keys.permits.publicJwk] }
    const expected = { issuer: hub.config.publicUrl, audience: permitAudienceOf(recipient.id) }
    const claims = await verifyPermit(permit, keys, expected)
    t.equal(claims?.authorization_details[0]?.onward, onward)
  }
})

t.test('every refusal by a rule is on the record', async (t) => {
  const caseId = await scene.openCase()
  const { statement } = (await record(caseId)).body
  const ends_at = new Date(Date.now() - DAY_MS).toISOString()
  await record(caseId, { recipients: [sender.id] })
  await record(caseId, { ends_at })
  await record(caseId, { id: statement.id, version: 7 })
  await record(caseId, { id: newId(), version: 1 })
  await record(caseId, { recipients: [newId()] })
  await record(caseId, able)
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'this_agency' })
  const basis = {
    case: caseId,
    recipient: recipient.id,
    purpose: 'legal',
    basis: 'statutory_report',
    legal_reference: 'UU 21/2007',
    categories: ['legal'],
    hours: 1,
  }
  await supervisor('POST', '/v1/lawful-bases', basis)
  t.same(await refusals(caseId), [
    'invalid_request',
    'invalid_request',
    'version_conflict',
    'not_found',
    'recipient_unknown',
    'guardian_not_allowed',
    'invalid_request',
    'basis_does_not_cover',
  ])
  const { id } = (await send(caseId)).body
  await steps(theirs, id, 1, ['acknowledge'], ['accept'])
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  const [order] = (await theirs('GET', '/v1/stop-orders')).body.items
  const answer = (body: object) => theirs('POST', `/v1/stop-orders/${order.id}/answer`, body)
  await answer({ answer: 'retained_by_law' })
  await answer({ answer: 'stopped' })
  await answer({ answer: 'deleted' })
  t.same(await refusals(order.id), ['invalid_request', 'stop_order_answered'])
})
