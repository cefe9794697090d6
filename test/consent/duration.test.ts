// Goal: consent permits for as long as it was said, and while whoever said it may say it.
// Method: each rule of the document through the API, with the readings and sends that it forbids.
import t from 'tap'
import { MINOR_AGE_BANDS } from '../../src/contracts/codes.ts'
import { newId } from '../../src/id.ts'
import type { Call } from '../helpers/actors.ts'
import { createScene } from '../helpers/referral-scene.ts'

const scene = await createScene(t)
const { network, admin, asked } = scene
const { sender, recipient } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)
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
const codeOf = async (id: string) =>
  (await call('GET', `/v1/referrals/${id}/arrival-code`)).body.code
/** Takes a sent referral as far as its service. */
const serve = async (id: string) => {
  await steps(theirs, id, 1, ['acknowledge'], ['accept'])
  return await steps(theirs, id, 3, ['hand-over', { arrival_code: await codeOf(id) }], ['start'])
}
const close = async (id: string, version: number) => {
  const done = await steps(theirs, id, version, ['complete'])
  await steps(call, id, done, [
    'close',
    {
      reason: 'service_completed',
      feedback: 'rather_not_say',
      next_step: 'none',
      no_next_step: 'survivor_declined',
    },
  ])
}
const grantOf = async (caseId: string, purpose = 'shelter') => {
  const { grants } = (await call('GET', `/v1/consents?case=${caseId}`)).body
  return grants.find((row: { purpose: string }) => row.purpose === purpose)
}
t.test('a period that was left open ends when the referral closes', async (t) => {
  const caseId = await scene.openCase()
  await record(caseId)
  const { id } = (await send(caseId)).body
  const version = await serve(id)
  t.match(await grantOf(caseId), { status: 'active', until_closed: true })
  await close(id, version)
  t.match(await grantOf(caseId), { status: 'ended' })
  t.match((await send(caseId)).body, { code: 'consent_missing' }, 'nothing more is sent on it')
  const ended = await admin`select * from journal.entry where type = 'consent.grant.ended.v1'
    and subject = ${caseId}`
  t.match(ended, [{ reason: 'referral_closed', concerned: [sender.id], purpose: 'shelter' }])
  t.match(await grantOf(caseId, 'psychosocial'), { status: 'active' }, 'it served nothing yet')
  await record(caseId, { status: 'renewed' })
  t.equal((await send(caseId)).status, 201, 'asked again, it permits again')
  const whole = { case: caseId, scope: 'all_sharing' }
  t.match((await call('POST', '/v1/withdrawals', whole)).body, { withdrawal: { holders: 1 } })
})

t.test('one that serves several referrals lasts until the last of them closes', async (t) => {
  const caseId = await scene.openCase()
  await record(caseId, { purposes: ['shelter'] })
  const second = newId()
  await admin`insert into directory.service select (jsonb_populate_record(s, ${admin.json({ id: second })})).*
    from directory.service s where s.id = ${recipient.service('shelter')}`
  const first = (await send(caseId)).body.id
  const other = (await send(caseId, { service: second })).body.id
  await close(first, await serve(first))
  t.match(await grantOf(caseId), { status: 'active' })
  await steps(theirs, other, 1, ['acknowledge'], ['accept'])
  t.equal((await theirs('POST', `/v1/referrals/${other}/package/identity/open`)).status, 200)
  await steps(theirs, other, 3, ['end-unserved', { reason: 'no_show' }])
  t.match(await grantOf(caseId), { status: 'ended' })
})

t.test('what ended before it began, a renewal since, or a named day do not end it', async (t) => {
  const declined = await scene.openCase()
  await record(declined)
  const { id } = (await send(declined)).body
  await steps(theirs, id, 1, ['acknowledge'], ['decline', { reason: 'no_capacity' }])
  t.equal((await send(declined, { previous: id })).status, 201, 'a retry is the same wish')

  const renewed = await scene.openCase()
  await record(renewed)
  const old = (await send(renewed)).body.id
  const version = await serve(old)
  await record(renewed, { status: 'renewed' })
  await close(old, version)
  t.match(await grantOf(renewed), { status: 'active' }, 'the newer wish was for something else')

  const named = await scene.openCase()
  const ends_at = new Date(Date.now() + 30 * DAY_MS).toISOString()
  await record(named, { ends_at })
  const dated = (await send(named)).body.id
  await close(dated, await serve(dated))
  t.match(await grantOf(named), { status: 'active', until_closed: false, ends_at })
})

const able = { guardian: { state: 'able', relation: 'mother' }, assent: true }
const inAYear = new Date(Date.now() + 365 * DAY_MS).toISOString().slice(0, 10)
const age = async (caseId: string, age_band: string) => {
  const { body } = await call('GET', `/v1/cases/${caseId}`)
  const { district, languages, needs, version } = body
  const change = { age_band, district, languages, needs, version }
  const answer = await call('PUT', `/v1/cases/${caseId}`, change)
  if (answer.status !== 200) throw new Error(answer.text)
}

t.test('a guardian consents for a minor, and an adult for herself', async (t) => {
  const caseId = await scene.openCase()
  await age(caseId, 'from_12_to_17')
  t.equal((await record(caseId, { ...able, turns_18_on: inAYear })).status, 201)
  const { id } = (await send(caseId)).body
  await steps(theirs, id, 1, ['acknowledge'], ['accept'])
  const open = () => theirs('POST', `/v1/referrals/${id}/package/identity/open`)
  t.equal((await open()).status, 200)
  await age(caseId, 'from_18_to_24')
  t.equal((await open()).body.code, 'consent_ended', 'reading ends')
  t.match((await send(caseId, { service: recipient.service('psychosocial') })).body, {
    code: 'consent_missing',
  })
  t.match(await grantOf(caseId), { status: 'ended', by_guardian: true })
  t.equal((await record(caseId)).status, 201, 'she consents herself')
  t.equal((await open()).status, 200)
  await age(caseId, 'unknown')
  t.equal((await open()).body.code, 'consent_ended', 'her age is in doubt: a guardian is needed')
  const held = await admin`select age_band, exists (select from cases.minors(array[id])) as is_minor
    from (select distinct on (age_band) * from cases.case_record) c`
  for (const row of held) {
    t.equal(row['is_minor'], MINOR_AGE_BANDS.includes(row['age_band']), row['age_band'])
  }
})

t.test('the 18th birthday ends it by its date, without any job', async (t) => {
  const caseId = await scene.openCase()
  await age(caseId, 'from_12_to_17')
  const day = new Date(Date.now() + 3 * DAY_MS).toISOString().slice(0, 10)
  await record(caseId, { ...able, turns_18_on: day })
  const { id } = (await send(caseId)).body
  await steps(theirs, id, 1, ['acknowledge'], ['accept'])
  const birthday = new Date(`${day}T00:00:00+09:00`).toISOString()
  t.equal((await grantOf(caseId)).ends_at, birthday)
  await admin`update consent.grant set ends_at = ends_at - interval '4 days' where case_id = ${caseId}`
  const opened = await theirs('POST', `/v1/referrals/${id}/package/identity/open`)
  t.equal(opened.body.code, 'consent_ended')
  t.equal((await grantOf(caseId)).status, 'ended')
})

t.test('closing asks what the survivor says, and why nothing follows', async (t) => {
  const caseId = await scene.openCase()
  await record(caseId)
  const { id } = (await send(caseId)).body
  const version = await steps(theirs, id, await serve(id), ['complete'])
  const told = { version, reason: 'service_completed', feedback: 'helped_in_part' }
  const closing = (more: object) => call('POST', `/v1/referrals/${id}/close`, { ...told, ...more })
  const named = (field: string) => ({ status: 400, errors: [{ field }] })
  t.match((await closing({ next_step: 'none' })).body, named('no_next_step'))
  const both = { next_step: 'legal', no_next_step: 'relocated' }
  t.match((await closing(both)).body, named('no_next_step'))
  const unheard = { next_step: 'legal', feedback: undefined }
  t.match((await closing(unheard)).body, named('feedback'))
  const other = { next_step: 'none', no_next_step: 'other' }
  t.match((await closing(other)).body, { code: 'note_required' })
  t.equal((await closing({ ...other, note: 'Pindah negara.' })).status, 200)
  const { body } = await call('GET', `/v1/referrals/${id}`)
  t.match(body, { feedback: 'helped_in_part', next_step: 'none', no_next_step: 'other' })
  const seen = (await theirs('GET', `/v1/referrals/${id}`)).body
  t.match(
    seen,
    { feedback: null, next_step: null, no_next_step: null },
    'the sender alone reads it',
  )
})
