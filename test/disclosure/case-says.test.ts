// Goal: what a case says now decides, also of what was sent before: the survivor's wish, the agencies
// that are to get nothing, whether the case is open. Method: change the case between two steps, or in
// the middle of one; the other side must not learn why.
import t from 'tap'
import { createScene } from '../helpers/referral-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createScene(t)
const { network, admin, asked } = scene
const { sender, recipient, other } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)
const third = await scene.as(other.worker)

const entriesOf = (type: string, object: string) =>
  admin`select * from journal.entry where type = ${type} and object = ${object} order by seq`
const REVIEW = 'referrals.referral.review_called.v1'

t.test('who no longer wants to return is not returned', async (t) => {
  const caseId = await scene.openCase()
  const categories = ['identity', 'documents']
  const purpose = 'repatriation'
  await scene.consentTo(caseId, { purposes: [purpose], categories })
  const say = async (wish: string, about = purpose) =>
    (await call('PUT', `/v1/cases/${caseId}/own-wish`, { purpose: about, wish })).body
  await say('wants_this')
  await call('PUT', `/v1/cases/${caseId}/risk-assessment`, { purpose, risk: 'low' })
  const home = asked(caseId, { service: other.service(purpose), categories })
  const { id } = (await call('POST', '/v1/referrals', home)).body
  const path = `/v1/referrals/${id}`
  await third('POST', `${path}/acknowledge`, { version: 1 })
  t.same((await say('does_not_want_this', 'reintegration')).needs_review, [], 'another return')
  t.same((await say('does_not_want_this')).needs_review, [id])
  const [alarm, ...more] = await entriesOf(REVIEW, id)
  t.match(alarm, { concerned: [sender.id], reason: 'own_wish' })
  t.equal(more.length, 0)
  const held = await third('POST', `${path}/accept`, { version: 2 })
  t.match(held.body, { status: 409, code: 'sender_must_review', state: 'acknowledged' })
  t.notOk(/wish|want|ingin/i.test(held.text), 'it is not for the recipient to know')
  const told = await entriesOf('referrals.referral.refused.v1', id)
  t.match(told.at(-1), { reason: 'sender_must_review', agency: other.id })
  t.notOk((await third('GET', path)).text.includes('does_not_want'))
  await say('wants_this')
  t.equal((await third('POST', `${path}/accept`, { version: 2 })).status, 200)
  const { code } = (await call('GET', `${path}/arrival-code`)).body
  await say('undecided')
  const arrival = { version: 3, arrival_code: code }
  t.match((await third('POST', `${path}/hand-over`, arrival)).body, { code: 'sender_must_review' })
  await say('wants_this')
  t.equal((await third('POST', `${path}/hand-over`, arrival)).status, 200)
  t.same((await say('does_not_want_this')).needs_review, [], 'she has arrived')
})

t.test('an agency on the list accepts nothing more and opens nothing more', async (t) => {
  const { id, case: caseId } = await scene.sent()
  const path = `/v1/referrals/${id}`
  await theirs('POST', `${path}/acknowledge`, { version: 1 })
  const list = `/v1/cases/${caseId}/do-not-send/${recipient.id}`
  t.same((await call('PUT', list)).body.needs_review, [id])
  t.match(await entriesOf(REVIEW, id), [{ concerned: [sender.id], reason: 'do_not_send' }])
  t.match((await theirs('POST', `${path}/accept`, { version: 2 })).body, {
    code: 'sender_must_review',
  })
  await call('DELETE', list)
  t.equal((await theirs('POST', `${path}/accept`, { version: 2 })).status, 200)
  t.equal((await theirs('POST', `${path}/package/identity/open`)).status, 200)
  await call('PUT', list)
  const shut = await theirs('POST', `${path}/package/identity/open`)
  t.match(shut.body, { status: 409, code: 'sender_must_review' })
  t.notOk(/block|list|do.not/i.test(shut.text))
  const openings = await entriesOf('referrals.package.opened.v1', id)
  t.equal(openings.length, 1)
})

t.test('a case that closes, or a list that grows, in the middle of a send', async (t) => {
  const waiting = () => admin`
    select from pg_stat_activity
    where datname = current_database() and usename = 'titian_referrals' and wait_event_type = 'Lock'`
  const sending = async (change: (caseId: string) => Promise<unknown>) => {
    const caseId = await scene.openCase()
    await scene.consentTo(caseId)
    const holder = await admin.reserve()
    try {
      await holder`begin`
      await holder`select from cases.case_record where id = ${caseId} for no key update`
      const answer = call('POST', '/v1/referrals', asked(caseId))
      await until(async () => (await waiting()).length > 0, { what: 'the send to wait' })
      await change(caseId)
      await holder`update cases.case_record set version = version + 1,
        status = case when ${caseId} = any(${closing}::text[]) then 'closed' else status end
        where id = ${caseId}`
      await holder`commit`
      return (await answer).body.code
    } finally {
      holder.release()
    }
  }
  const closing: string[] = []
  t.equal(await sending(async (id) => closing.push(id)), 'case_unknown')
  const block = (id: string) =>
    admin`insert into cases.do_not_send values (${id}, ${recipient.id}, 'test')`
  t.equal(await sending(block), 'recipient_not_available')
  t.equal(await sending(async () => {}), undefined, 'and without a change it is sent')
})

t.test('changes without a step of their own are told like steps', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const sendFor = { service: recipient.service('psychosocial') }
  const { id } = (await call('POST', '/v1/referrals', asked(caseId, sendFor))).body
  const [sent] = await entriesOf('referrals.referral.sent.v1', id)
  t.notOk(/grant/.test(JSON.stringify(sent?.['data'])), 'no grant in the recipient’s feed')
  const path = `/v1/referrals/${id}`
  await theirs('POST', `${path}/acknowledge`, { version: 1 })
  await theirs('POST', `${path}/accept`, { version: 2 })
  const { code } = (await call('GET', `${path}/arrival-code`)).body
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing', category: 'safety' })
  t.match((await theirs('GET', path)).body, { version: 4, categories: ['identity'] })
  t.match(await entriesOf('referrals.referral.narrowed.v1', id), [
    { categories: ['safety'], concerned: [], data: { version: 4, state: 'accepted' } },
  ])
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  for (const version of [4, 5]) {
    const arrival = { version, arrival_code: code }
    const late = await theirs('POST', `${path}/hand-over`, arrival)
    t.match(late.body, { status: 409, code: 'consent_ended', state: 'revoked' })
  }
})

t.test('every refusal by a rule is on the record', async (t) => {
  const { id, case: caseId } = await scene.sent()
  const path = `/v1/referrals/${id}`
  await theirs('POST', `${path}/acknowledge`, { version: 1 })
  await theirs('POST', `${path}/accept`, { version: 2 })
  const { code } = (await call('GET', `${path}/arrival-code`)).body
  await theirs('POST', `${path}/hand-over`, { version: 3, arrival_code: code })
  const never = { version: 4, review_at: '2099-01-01T00:00:00Z' }
  t.equal((await theirs('POST', `${path}/hold`, never)).body.code, 'review_date')
  const refused = await entriesOf('referrals.referral.refused.v1', id)
  t.match(refused.at(-1), { reason: 'review_date', subject: caseId })

  await admin`insert into cases.stage values (${caseId}, 'shelter', 'referred', null, null, 'hub')`
  const set = await call('PUT', `/v1/cases/${caseId}/stages/shelter`, { state: 'needed' })
  t.equal(set.body.code, 'stage_in_hand')
  const change = { age_band: 'unknown', district: null, languages: [], needs: [], version: 9 }
  t.equal((await call('PUT', `/v1/cases/${caseId}`, change)).body.code, 'version_conflict')
  const stale = { data: {}, version: 9 }
  const written = await call('PUT', `/v1/cases/${caseId}/data/identity`, stale)
  t.match(written.body, { code: 'version_conflict', version: 1 })
  const large = { data: { note: 'x'.repeat(70_000) } }
  await call('PUT', `/v1/cases/${caseId}/data/identity`, large)
  const told = await entriesOf('cases.case.refused.v1', caseId)
  t.same(
    told.map((row) => row['reason']),
    ['stage_in_hand', 'version_conflict', 'version_conflict', 'data_too_large'],
  )
})
