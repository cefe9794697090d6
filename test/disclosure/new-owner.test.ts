// Goal: a case that changes hands gives its new owner what consent names and no more, for reading,
// writing and sending on; the survivor can withdraw wherever she is known, and everybody who holds
// something hears of it. Method: transfers through the API, each side asks for everything.
import t from 'tap'
import { createScene, SECRETS, withoutInstance } from '../helpers/referral-scene.ts'
import { newId } from '../../src/id.ts'

const scene = await createScene(t)
const { network, admin, asked } = scene
const { sender, recipient, other } = network
const before = await scene.as(sender.worker)
const after = await scene.as(recipient.worker)
const third = await scene.as(other.worker)

const counsel = recipient.service('psychosocial')
const THERAPY = { session: 'Catatan sesi yang tidak pernah keluar.' }
const everything = (caseId: string) => ({ case: caseId, scope: 'all_sharing' })
const open = (by: typeof before, caseId: string, category: string, query = '') =>
  by('POST', `/v1/cases/${caseId}/data/${category}/open${query}`)
const heldBy = async (by: typeof before, caseId: string) => {
  const { body } = await by('GET', `/v1/cases/${caseId}`)
  return body.data.map((each: { category: string; agency: string }) => [each.category, each.agency])
}
const statement = (caseId: string, more: object) => ({
  case: caseId,
  status: 'given',
  onward: 'none',
  method: 'written',
  language: 'id',
  notice: { version: '1', sha256: 'a'.repeat(64) },
  interpreter: false,
  ...more,
})

/** The survivor lets the recipient pass on what it received. */
const passingOn = {
  recipients: [recipient.id],
  purposes: ['psychosocial'],
  categories: ['identity'],
  onward: 'with_new_consent',
}

/** A case that the recipient has by now: its package held identity, its consent identity and safety. */
const moved = async (beforehand: (caseId: string) => Promise<unknown> = async () => {}) => {
  const caseId = await scene.openCase()
  await before('PUT', `/v1/cases/${caseId}/data/therapy_notes`, { data: THERAPY })
  await scene.consentTo(caseId)
  await beforehand(caseId)
  const transfer = { service: counsel, kind: 'transfer', categories: ['identity'] }
  const { id } = (await before('POST', '/v1/referrals', asked(caseId, transfer))).body
  const path = `/v1/referrals/${id}`
  await after('POST', `${path}/acknowledge`, { version: 1 })
  await after('POST', `${path}/accept`, { version: 2 })
  const { code } = (await before('GET', `${path}/arrival-code`)).body
  const arrival = { version: 3, arrival_code: code }
  const { status, text } = await after('POST', `${path}/hand-over`, arrival)
  if (status !== 200) throw new Error(text)
  return { caseId, transfer: id as string }
}

t.test('the new owner reads what the package named, and learns of nothing else', async (t) => {
  const { caseId } = await moved()
  t.same(await heldBy(after, caseId), [['identity', sender.id]])
  const { status, body } = await open(after, caseId, 'identity')
  t.equal(status, 200)
  t.same([body.data, body.agency], [SECRETS.identity, sender.id])
  const absent = withoutInstance(await open(after, newId(), 'safety'))
  for (const category of ['safety', 'documents', 'therapy_notes', 'legal']) {
    t.equal(withoutInstance(await open(after, caseId, category)), absent, category)
    const chosen = await open(after, caseId, category, `?author=${sender.id}`)
    t.equal(withoutInstance(chosen), absent, `${category} of its author`)
  }
  const openings = await admin`
    select categories from journal.entry where type = 'cases.data.opened.v1' and subject = ${caseId}`
  t.same(
    openings.map((row) => row['categories']),
    [['identity']],
  )
  t.equal((await before('GET', `/v1/cases/${caseId}`)).status, 404)
  t.equal((await open(before, caseId, 'safety')).status, 200, 'its author still opens its own')
  t.equal((await open(before, caseId, 'therapy_notes')).status, 200)
  t.equal((await open(third, caseId, 'identity')).status, 404)
  const write = { data: { code_word: 'palsu' } }
  t.equal((await before('PUT', `/v1/cases/${caseId}/data/safety`, write)).status, 404)
})

t.test(
  'who writes, writes beside what is sealed; who sends on, sends what it may see',
  async (t) => {
    const { caseId } = await moved()
    const write = (data: object, version?: number) =>
      after('PUT', `/v1/cases/${caseId}/data/safety`, { data, version })
    t.match((await write({ code_word: 'mercusuar' }, 0)).body, { version: 1 })
    t.match((await write({ code_word: 'mercusuar' }, 0)).body, { code: 'version_conflict' })
    t.same((await open(after, caseId, 'safety')).body.data, { code_word: 'mercusuar' })
    t.same((await open(before, caseId, 'safety')).body.data, SECRETS.safety, 'nothing was lost')
    const categories = ['identity', 'safety', 'documents']
    const allowed = { recipients: [other.id], purposes: ['legal'], categories }
    t.equal((await after('POST', '/v1/consents', statement(caseId, allowed))).status, 201)
    const onward = asked(caseId, { service: other.service('legal'), categories })
    await after('POST', '/v1/consents', statement(caseId, passingOn))
    const { body } = await after('POST', '/v1/referrals', onward)
    t.same(body.categories.toSorted(), ['identity', 'safety'])
    t.same(body.dropped, ['documents'], 'sealed to who wrote it')
    await third('POST', `/v1/referrals/${body.id}/acknowledge`, { version: 1 })
    await third('POST', `/v1/referrals/${body.id}/accept`, { version: 2 })
    const got = await third('POST', `/v1/referrals/${body.id}/package/safety/open`)
    t.same(got.body.data, { code_word: 'mercusuar' })
  },
)

t.test('what was received is passed on by new words of the survivor alone', async (t) => {
  const legal = { service: other.service('legal'), categories: ['identity'] }
  const { caseId } = await moved()
  const send = () => after('POST', '/v1/referrals', asked(caseId, legal))
  const withheld = { code: 'consent_missing', missing: ['identity'] }
  t.match((await send()).body, withheld, 'her word to the first owner named the recipient')
  const allowed = { recipients: [other.id], purposes: ['legal'], categories: ['identity'] }
  t.equal((await after('POST', '/v1/consents', statement(caseId, allowed))).status, 201)
  t.match((await send()).body, withheld, 'she said that nothing is passed on')
  const refused = await admin`
    select reason from journal.entry where subject = ${caseId} and outcome = 'refused'`
  t.same(
    refused.map((row) => row['reason']),
    ['consent_missing', 'consent_missing'],
  )
  const own = { data: { preferred_name: 'Nama Rekaan' } }
  await after('PUT', `/v1/cases/${caseId}/data/identity`, own)
  const { body } = await send()
  t.same(body.categories, ['identity'], 'what the new owner wrote itself is its to send')
  await third('POST', `/v1/referrals/${body.id}/acknowledge`, { version: 1 })
  await third('POST', `/v1/referrals/${body.id}/accept`, { version: 2 })
  const got = await third('POST', `/v1/referrals/${body.id}/package/identity/open`)
  t.same(got.body.data, own.data)
})

t.test('leave to pass on asks for a consent since the transfer, and gives it then', async (t) => {
  const legal = { service: other.service('legal'), categories: ['identity'] }
  const { caseId } = await moved()
  await after('POST', '/v1/consents', statement(caseId, passingOn))
  const send = () => after('POST', '/v1/referrals', asked(caseId, legal))
  t.match((await send()).body, { code: 'consent_missing' }, 'the word to the first owner is old')
  const allowed = { recipients: [other.id], purposes: ['legal'], categories: ['identity'] }
  await after('POST', '/v1/consents', statement(caseId, allowed))
  t.same((await send()).body.categories, ['identity'])
})

t.test('a consent since the transfer opens what it names, while it holds', async (t) => {
  const { caseId } = await moved()
  const own = { recipients: [recipient.id], purposes: ['legal'], categories: ['documents'] }
  const given = await after('POST', '/v1/consents', statement(caseId, own))
  t.equal(given.status, 201, given.text)
  t.same((await open(after, caseId, 'documents')).body.data, SECRETS.documents)
  t.equal((await open(after, caseId, 'safety')).status, 404)
  const ended = { case: caseId, scope: 'this_referral', recipient: recipient.id, purpose: 'legal' }
  t.equal((await after('POST', '/v1/withdrawals', ended)).status, 200)
  t.equal((await open(after, caseId, 'documents')).status, 404)
  t.equal((await open(after, caseId, 'identity')).status, 200)
  const agency = { case: caseId, scope: 'this_agency', recipient: recipient.id }
  await after('POST', '/v1/withdrawals', agency)
  t.equal((await open(after, caseId, 'identity')).status, 404, 'nor does the package outlive it')
  const plain = await scene.openCase()
  const self = { recipients: [sender.id], purposes: ['legal'], categories: ['documents'] }
  t.equal((await before('POST', '/v1/consents', statement(plain, self))).status, 400)
})

t.test('notes of therapy are in nobody else’s reach', async (t) => {
  const { caseId } = await moved()
  const named = { recipients: [recipient.id], purposes: ['legal'], categories: ['therapy_notes'] }
  t.equal((await after('POST', '/v1/consents', statement(caseId, named))).status, 400)
  const send = asked(caseId, { service: other.service('legal'), categories: ['therapy_notes'] })
  t.equal((await after('POST', '/v1/referrals', send)).status, 400)
  const rows = await admin`
    select from referrals.package p join referrals.referral r on r.id = p.referral_id
    where r.case_id = ${caseId} and p.category not in ('identity')`
  t.equal(rows.length, 0)
})

t.test('what is under way follows the case, and the old owner is out of it', async (t) => {
  const legal = { service: other.service('legal'), categories: ['identity'] }
  let sent = ''
  const { caseId } = await moved(async (id) => {
    sent = (await before('POST', '/v1/referrals', asked(id, legal))).body.id
    await third('POST', `/v1/referrals/${sent}/acknowledge`, { version: 1 })
    await third('POST', `/v1/referrals/${sent}/accept`, { version: 2 })
  })
  const mine = await after('GET', `/v1/referrals?side=sender&case=${caseId}`)
  t.match(mine.body.items, [{ id: sent, sender: recipient.id, version: 4, state: 'accepted' }])
  t.equal((await before('GET', `/v1/referrals/${sent}`)).status, 404)
  t.equal((await after('GET', `/v1/referrals/${sent}/arrival-code`)).status, 200)
  t.equal((await third('GET', `/v1/referrals/${sent}`)).body.sender, recipient.id, 'whom to ask')
  const told = (await scene.entries(sent)).find((each) => each.type.includes('reassigned'))
  t.match(told, { type: 'referrals.referral.reassigned.v1', data: { version: 4 } })
  t.same(told?.concerned.toSorted(), [sender.id, recipient.id, other.id].toSorted())
  const { items, grants } = (await after('GET', `/v1/consents?case=${caseId}`)).body
  t.ok(items.length === 1 && grants.length > 0, 'with the evidence that it rests on')
})

t.test('a survivor withdraws at the office that she knows', async (t) => {
  const legal = { service: other.service('legal'), categories: ['identity'] }
  let sent = ''
  const { caseId, transfer } = await moved(async (id) => {
    sent = (await before('POST', '/v1/referrals', asked(id, legal))).body.id
  })
  const stranger = await third('POST', '/v1/withdrawals', everything(caseId))
  const absent = await third('POST', '/v1/withdrawals', everything(newId()))
  t.equal(withoutInstance(stranger), withoutInstance(absent))
  const { status, body, text } = await before('POST', '/v1/withdrawals', everything(caseId))
  t.equal(status, 200, text)
  t.same([body.revoked, body.withdrawal], [[], null], 'where she is served is not theirs to know')
  t.ok(body.grants > 0 && body.notice.id && body.notice.en)
  t.notOk(text.includes(sent))
  t.match((await third('GET', `/v1/referrals/${sent}`)).body, { state: 'revoked' })
  const [entry] = (await scene.entries(sent)).slice(-1)
  t.match(entry, { type: 'referrals.referral.revoked.v1', agency: sender.id })
  t.ok(entry?.concerned.includes(recipient.id), 'the owner hears of it')
  t.equal((await open(after, caseId, 'identity')).status, 404)
  for (const category of ['identity', 'safety', 'documents']) {
    t.equal((await open(before, caseId, category)).status, 404, `the old owner's ${category}`)
  }
  t.equal((await open(before, caseId, 'therapy_notes')).status, 200)

  const { items } = (await after('GET', `/v1/withdrawals?case=${caseId}`)).body
  const { orders, holders } = items[0]
  t.equal(holders, 2, 'the old owner holds what it wrote, the new one what it got')
  const theirs = orders.find((order: { holder: string }) => order.holder === sender.id)
  t.match(theirs, { referral: transfer, categories: ['documents', 'identity', 'safety'] })
  const mine = (await before('GET', '/v1/stop-orders')).body.items
  t.ok(mine.some((order: { id: string }) => order.id === theirs.id))
  const answer = `/v1/stop-orders/${theirs.id}/answer`
  t.equal((await before('POST', answer, { answer: 'deleted' })).status, 200)
  t.match((await after('GET', `/v1/withdrawals/${items[0].id}`)).body, { confirmed: 1 })
  t.equal((await before('POST', answer, { answer: 'stopped' })).body.code, 'stop_order_answered')
  const refused = await admin`
    select from journal.entry where object = ${theirs.id} and outcome = 'refused'`
  t.equal(refused.length, 1)
  t.match((await before('POST', '/v1/withdrawals', everything(caseId))).body, { grants: 0 })
})
