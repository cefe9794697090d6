import { randomUUID } from 'node:crypto'
import type { JSONWebKeySet } from 'jose'
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import { referrals } from '../../services/referrals/service.ts'
import type { StopOrderRead } from '../../src/contracts/consent.ts'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import { verifyPermit } from '../../src/handoff/verify.ts'
import { callAs, createNetwork, type TestAgency } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'

const hub = await startHub(t, { services: [cases, consent, referrals] })
const { sender, recipient, other } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.worker)
const holder = await callAs(hub, recipient.worker)
const second = await callAs(hub, other.worker)

const DATA = {
  identity: { prs_FirstName: 'Melur' },
  safety: { threats: [] },
  legal: { wants_restitution: 'undecided' },
}
type Held = keyof typeof DATA

/** A case with data, consented to for shelter, psychosocial and legal help at both agencies. */
const consented = async (categories: readonly Held[] = ['identity', 'safety', 'legal']) => {
  const { body } = await call('POST', '/v1/cases', { age_band: 'from_25_to_39' })
  for (const category of Object.keys(DATA) as Held[]) {
    await call('PUT', `/v1/cases/${body.id}/data/${category}`, { data: DATA[category] })
  }
  await record(body.id, { categories })
  return body.id as string
}
const record = async (caseId: string, more: object) => {
  const answer = await call('POST', '/v1/consents', {
    case: caseId,
    status: 'given',
    recipients: [recipient.id, other.id],
    purposes: ['shelter', 'psychosocial', 'legal'],
    onward: 'none',
    method: 'recorded',
    language: 'id',
    notice: { version: '1', sha256: 'b'.repeat(64) },
    interpreter: true,
    ...more,
  })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body
}
const send = async (
  caseId: string,
  to: TestAgency,
  purpose: 'shelter' | 'psychosocial' | 'legal',
) =>
  await call('POST', '/v1/referrals', {
    case: caseId,
    service: to.service(purpose),
    urgency: 'urgent',
    categories: ['identity', 'safety', 'legal'],
  })
const accept = async (id: string, by: typeof holder) => {
  let version = 1
  for (const step of ['acknowledge', 'accept']) {
    const { status, body, text } = await by('POST', `/v1/referrals/${id}/${step}`, { version })
    if (status !== 200) throw new Error(text)
    version = body.version
  }
}
const stateOf = async (id: string): Promise<string> =>
  (await call('GET', `/v1/referrals/${id}`)).body.state
const withdraw = (caseId: string, more: object, key = randomUUID()) =>
  call('POST', '/v1/withdrawals', { case: caseId, ...more }, { key })

t.test('everything is withdrawn in one action, and each holder has to answer', async (t) => {
  const caseId = await consented()
  const shelter = await send(caseId, recipient, 'shelter')
  t.equal(shelter.status, 201, shelter.text)
  const counsel = await send(caseId, recipient, 'psychosocial')
  const legal = await send(caseId, other, 'legal')
  await accept(shelter.body.id, holder)
  await accept(legal.body.id, second)
  t.equal(
    (await holder('POST', `/v1/referrals/${shelter.body.id}/package/safety/open`)).status,
    200,
  )

  const key = randomUUID()
  const { status, body } = await withdraw(caseId, { scope: 'all_sharing' }, key)
  t.equal(status, 200)
  t.equal(body.grants, 6)
  const ids: string[] = [shelter.body.id, counsel.body.id, legal.body.id]
  t.same(new Set(body.revoked), new Set(ids))
  t.match(body.notice, { id: /tidak dapat ditarik kembali/, en: /cannot be recalled/ })
  t.match(body.withdrawal, { holders: 2, confirmed: 0, scope: 'all_sharing', category: null })
  t.equal(body.withdrawal.orders.length, 2, 'what nobody has accepted needs no order')
  for (const order of body.withdrawal.orders as StopOrderRead[]) {
    const hours = (new Date(order.due_at).getTime() - Date.now()) / 3_600_000
    t.ok(order.state === 'waiting' && hours > 71 && hours <= 72, 'three times 24 hours')
  }
  for (const id of ids) t.equal(await stateOf(id), 'revoked')
  const opened = await holder('POST', `/v1/referrals/${shelter.body.id}/package/identity/open`)
  t.ok(opened.status >= 400, 'nothing opens any more')
  t.equal(
    (await send(caseId, recipient, 'shelter')).status >= 400,
    true,
    'nothing is sent any more',
  )
  t.same((await withdraw(caseId, { scope: 'all_sharing' }, key)).body, body, 'the same key again')
  const again = await withdraw(caseId, { scope: 'all_sharing' })
  t.match(again.body, { grants: 0, revoked: [], withdrawal: null, notice: { en: /Nothing/ } })
  t.same((await call('GET', `/v1/withdrawals/${body.withdrawal.id}`)).body, body.withdrawal)
})

t.test('holders answer once; the owner sees the tally', async (t) => {
  const caseId = await consented()
  const shelter = await send(caseId, recipient, 'shelter')
  const legal = await send(caseId, other, 'legal')
  await accept(shelter.body.id, holder)
  await accept(legal.body.id, second)
  const { body } = await withdraw(caseId, { scope: 'all_sharing' })
  const list = (await holder('GET', '/v1/stop-orders')).body.items as StopOrderRead[]
  const [order] = list
  t.match(order, { referral: shelter.body.id, owner: sender.id, state: 'waiting' })
  t.notOk(JSON.stringify(list).includes(caseId), 'a holder does not learn the number of the case')
  const path = `/v1/stop-orders/${order?.id}/answer`

  t.equal((await second('POST', path, { answer: 'deleted' })).status, 404, 'not theirs')
  t.equal((await call('POST', path, { answer: 'deleted' })).status, 404, 'nor the owner’s')
  t.equal((await holder('POST', path, { answer: 'retained_by_law' })).status, 400)
  const reference = { legal_reference: 'UU 36/2009' }
  t.equal((await holder('POST', path, { answer: 'deleted', ...reference })).status, 400)
  const key = randomUUID()
  const answered = await holder('POST', path, { answer: 'deleted' }, { key })
  t.match(answered.body, { state: 'answered', answer: 'deleted', legal_reference: null })
  t.same((await holder('POST', path, { answer: 'deleted' }, { key })).body, answered.body)
  t.equal((await holder('POST', path, { answer: 'stopped' })).body.code, 'stop_order_answered')

  const tally = () => call('GET', `/v1/withdrawals?case=${caseId}`)
  t.match((await tally()).body.items, [{ id: body.withdrawal.id, holders: 2, confirmed: 1 }])
  const [theirs] = (await second('GET', '/v1/stop-orders')).body.items
  await second('POST', `/v1/stop-orders/${theirs.id}/answer`, {
    answer: 'retained_by_law',
    ...reference,
  })
  const [done] = (await tally()).body.items
  t.match(done, { holders: 2, confirmed: 2 })
  t.ok(done.orders.some((one: StopOrderRead) => one.legal_reference === 'UU 36/2009'))
  const [entry, ...more] = await admin`
    select * from journal.entry where type = 'consent.stop_order.confirmed.v1' and object = ${order?.id ?? ''}`
  t.equal(more.length, 0)
  t.match(entry, { agency: recipient.id, subject: caseId, data: { answer: 'deleted' } })
  t.same(entry?.['concerned'].toSorted(), [sender.id, recipient.id].toSorted())
  const first = (await holder('GET', '/v1/stop-orders?limit=1')).body
  t.equal(first.items[0].state, 'waiting', 'open ones first')
  const rest = (await holder('GET', `/v1/stop-orders?limit=1&after=${first.next}`)).body
  t.match(rest, { items: [{ id: order?.id, state: 'answered' }], next: null })
})

t.test('an unanswered order is overdue after 72 hours', async (t) => {
  const caseId = await consented()
  const { body } = await send(caseId, recipient, 'shelter')
  await accept(body.id, holder)
  const { withdrawal } = (await withdraw(caseId, { scope: 'all_sharing' })).body
  await admin`update consent.stop_order set due_at = now() - interval '1 second'
    where withdrawal = ${withdrawal.id}`
  t.match((await call('GET', `/v1/withdrawals/${withdrawal.id}`)).body.orders, [
    { state: 'overdue' },
  ])
})

t.test('a withdrawal reaches what its scope names and nothing else', async (t) => {
  const caseId = await consented()
  const shelter = await send(caseId, recipient, 'shelter')
  const counsel = await send(caseId, recipient, 'psychosocial')
  const legal = await send(caseId, other, 'legal')
  for (const wrong of [
    { scope: 'this_agency' },
    { scope: 'this_referral', recipient: recipient.id },
    { scope: 'all_sharing', recipient: recipient.id },
    { scope: 'everything' },
  ]) {
    t.equal((await withdraw(caseId, wrong)).status, 400, JSON.stringify(wrong))
  }
  const one = await withdraw(caseId, {
    scope: 'this_referral',
    recipient: recipient.id,
    purpose: 'psychosocial',
  })
  t.same([one.body.grants, one.body.revoked], [1, [counsel.body.id]])
  t.same([await stateOf(shelter.body.id), await stateOf(legal.body.id)], ['sent', 'sent'])
  const agency = await withdraw(caseId, { scope: 'this_agency', recipient: recipient.id })
  t.same([agency.body.grants, agency.body.revoked], [2, [shelter.body.id]])
  t.equal(await stateOf(legal.body.id), 'sent')
})

t.test('a category alone: what can do without it goes on without it', async (t) => {
  const caseId = await consented()
  const shelter = await send(caseId, recipient, 'shelter')
  const counsel = await send(caseId, recipient, 'psychosocial')
  await accept(shelter.body.id, holder)
  await accept(counsel.body.id, holder)
  const { body } = await withdraw(caseId, { scope: 'all_sharing', category: 'safety' })
  t.equal(body.grants, 6)
  t.same(body.revoked, [shelter.body.id], 'the shelter cannot do without')
  t.equal(body.withdrawal.orders.length, 2, 'both held it')
  t.equal(await stateOf(counsel.body.id), 'accepted')
  const path = `/v1/referrals/${counsel.body.id}/package`
  t.ok((await holder('POST', `${path}/safety/open`)).status >= 400)
  t.equal((await holder('POST', `${path}/identity/open`)).status, 200)
  const { grants } = (await call('GET', `/v1/consents?case=${caseId}`)).body
  for (const grant of grants)
    t.same([grant.categories, grant.sensitive], [['identity', 'legal'], []])
})

t.test(
  'a newer, narrower statement narrows what is under way, in the same transaction',
  async (t) => {
    const caseId = await consented()
    const shelter = await send(caseId, recipient, 'shelter')
    const counsel = await send(caseId, recipient, 'psychosocial')
    await accept(counsel.body.id, holder)
    const narrower = await record(caseId, {
      recipients: [recipient.id],
      purposes: ['shelter', 'psychosocial'],
      categories: ['identity', 'legal'],
    })
    t.same(narrower.revoked, [shelter.body.id])
    t.equal(await stateOf(counsel.body.id), 'accepted')
    const path = `/v1/referrals/${counsel.body.id}/package`
    t.ok((await holder('POST', `${path}/safety/open`)).status >= 400)
    t.equal((await holder('POST', `${path}/legal/open`)).status, 200)
    const { body } = await call('GET', `/v1/withdrawals?case=${caseId}&limit=1`)
    t.ok(body.next, 'one for each thing that was taken away')
    const refused = { status: 'refused', recipients: [recipient.id], purposes: ['psychosocial'] }
    const { revoked } = await record(caseId, { ...refused, categories: ['identity', 'legal'] })
    t.same(revoked, [counsel.body.id])
  },
)

t.test('the permit of a sent referral verifies with the published keys', async (t) => {
  const caseId = await consented()
  const { body } = await send(caseId, recipient, 'shelter')
  const response = await fetch(`${hub.url}/.well-known/jwks.json`)
  t.match(response.headers.get('cache-control'), /max-age/)
  const jwks = (await response.json()) as JSONWebKeySet
  t.notOk(JSON.stringify(jwks).includes('"d"'))
  const expected = { issuer: hub.config.publicUrl, audience: permitAudienceOf(recipient.id) }
  const claims = await verifyPermit(body.permit, jwks, expected)
  t.match(claims, { jti: `h_${body.id.replaceAll('-', '')}`, txn: body.receipt.entry })
  t.match(claims?.authorization_details, [{ purpose: 'shelter', datatypes: body.categories }])
  const [latest] = (await call('GET', `/v1/consents?case=${caseId}`)).body.items
  t.match(claims?.cst, { jti: `c_${latest.id.replaceAll('-', '')}`, ver: 1 })
  t.not(claims?.cst?.dig, `sha-256:${latest.digest}`, 'what is made out to the recipient alone')
})

t.test(
  'what has ended stays as it ended, and an order that was answered is answered',
  async (t) => {
    const caseId = await consented()
    const declined = (await send(caseId, other, 'legal')).body.id as string
    await second('POST', `/v1/referrals/${declined}/acknowledge`, { version: 1 })
    await second('POST', `/v1/referrals/${declined}/decline`, { version: 2, reason: 'no_capacity' })
    const shelter = (await send(caseId, recipient, 'shelter')).body.id as string
    await accept(shelter, holder)
    const first = (await withdraw(caseId, { scope: 'all_sharing' })).body.withdrawal
    const [order] = first.orders as StopOrderRead[]
    const path = `/v1/stop-orders/${order?.id}/answer`
    t.equal((await holder('POST', path, { answer: 'deleted' })).status, 200)
    const ended = async () =>
      await admin`select state, version, categories from referrals.referral
      where id = any(${[declined, shelter]}::uuid[]) order by id`
    const before = await ended()

    await record(caseId, { categories: ['identity', 'safety', 'legal'] })
    const again = (await withdraw(caseId, { scope: 'all_sharing', category: 'legal' })).body
    t.match(again.withdrawal, { holders: 0 }, 'nobody was given anything since')
    t.same(again.revoked, [])
    t.same(await ended(), before, 'rows that are over are left alone')
  },
)
