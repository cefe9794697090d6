// Goal: the agencies of a referral write to each other as consent permits, and each reading is on the
// record. Method: both sides, others, and the survivor who withdraws, over the real API.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { messages } from '../../services/messages/service.ts'
import { newId } from '../../src/id.ts'
import { personOf } from '../helpers/actors.ts'
import { newPerson } from '../helpers/identity.ts'
import { createScene, withoutInstance } from '../helpers/referral-scene.ts'

const scene = await createScene(t, [messages])
const { network, admin } = scene
const { sender, recipient, other } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)

const TEXT = 'Melur menunggu di ruang tamu.'
const accepted = async () => {
  const { id, case: caseId } = await scene.sent()
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  return { id, caseId, path: `/v1/referrals/${id}/messages` }
}
const said = (more: object = {}) => ({ category: 'safety', text: TEXT, ...more })
const entriesOf = (type: string, message: string) =>
  admin`select * from journal.entry where type = ${type} and object = ${message} order by seq`

t.test('a message is read by whom it was written to, on the record', async (t) => {
  const { path } = await accepted()
  const colleague = await newPerson(scene.hub, { agency: sender.id, roles: ['supervisor'] })
  const key = randomUUID()
  const asked = said({ mentions: [colleague.id] })
  const answers = await Promise.all([0, 1, 2].map(() => call('POST', path, asked, { key })))
  t.equal(new Set(answers.map(({ text }) => text)).size, 1, 'sent again with its key: sent once')
  const { status, body: sent, text } = await call('POST', path, asked, { key })
  t.equal(status, 201, text)
  const page = await theirs('GET', path)
  t.match(page.body.items, [
    { id: sent.id, agency: sender.id, author: null, mentions: [], read: [] },
  ])
  t.equal(page.body.items.length, 1)
  t.notOk(page.text.includes('Melur') || page.text.includes(colleague.id))
  t.equal((await theirs('POST', `/v1/messages/${sent.id}/open`)).body.text, TEXT)
  const mine = await call('GET', path)
  t.match(mine.body.items[0], { author: sender.worker.id, mentions: [colleague.id] })
  t.match(mine.body.items[0].read, [{ agency: recipient.id, person: null }])
  t.match((await theirs('GET', path)).body.items[0].read, [{ person: recipient.worker.id }])
  t.equal((await call('POST', `/v1/messages/${sent.id}/open`)).body.text, TEXT, 'its author too')
  const opened = await entriesOf('messages.message.opened.v1', sent.id)
  t.same(
    opened.map((row) => row['concerned']),
    [[sender.id, recipient.id], [sender.id]],
  )
  t.match(await entriesOf('messages.colleague.mentioned.v1', sent.id), [{ concerned: [sender.id] }])
  t.equal((await entriesOf('messages.message.sent.v1', sent.id)).length, 1)
  const rows = await admin`select m::text as text from messages.message m`
  t.notOk(rows.some((row) => row['text'].includes(Buffer.from('Melur').toString('hex'))))
})

t.test('who may not, may not; and a stranger cannot tell it from nothing', async (t) => {
  const { id, path } = await accepted()
  const { body: sent } = await call('POST', path, said())
  const stranger = await scene.as(other.worker)
  const same = async (method: 'GET' | 'POST', real: string, none: string, body?: object) =>
    t.equal(
      withoutInstance(await stranger(method, real, body)),
      withoutInstance(await stranger(method, none, body)),
      real,
    )
  await same('GET', path, `/v1/referrals/${newId()}/messages`)
  await same('POST', path, `/v1/referrals/${newId()}/messages`, said())
  await same('POST', `/v1/messages/${sent.id}/open`, `/v1/messages/${newId()}/open`)
  await same('POST', `/v1/messages/${sent.id}/retract`, `/v1/messages/${newId()}/retract`)
  for (const actor of [sender.intake, recipient.intake, sender.reviewer, network.administrator]) {
    t.equal((await (await scene.as(actor))('GET', path)).status, 403)
    t.equal((await (await scene.as(actor))('POST', path, said())).status, 403)
  }
  t.match((await call('POST', path, said({ category: 'therapy_notes' }))).body, {
    status: 422,
    code: 'therapy_notes_stay',
  })
  t.match((await call('POST', path, said({ category: 'legal' }))).body, {
    code: 'category_not_shared',
  })
  const refused = await admin`
    select reason from journal.entry where object = ${id} and outcome = 'refused'
      and type = 'messages.message.refused.v1' and agency = ${sender.id} order by seq`
  t.same(
    refused.map((row) => row['reason']),
    ['therapy_notes_stay', 'category_not_shared'],
  )
  const { id: fresh } = await scene.sent()
  const early = await call('POST', `/v1/referrals/${fresh}/messages`, said())
  t.match(early.body, { status: 409, code: 'conversation_closed' })
})

t.test('consent decides at sending and at reading', async (t) => {
  const { caseId, path } = await accepted()
  const { body: sent } = await call('POST', path, said())
  const { body: reply } = await theirs('POST', path, said({ category: 'identity' }))
  const part = { case: caseId, scope: 'all_sharing', category: 'identity' }
  await call('POST', '/v1/withdrawals', part)
  t.ok((await call('POST', `/v1/messages/${reply.id}/open`)).status >= 400)
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  const late = await theirs('POST', `/v1/messages/${sent.id}/open`)
  t.match(late.body, { status: 409, code: 'consent_ended' })
  t.match((await theirs('POST', path, said())).body, { status: 409, code: 'consent_ended' })
  t.equal((await call('POST', `/v1/messages/${sent.id}/open`)).status, 200, 'its author reads it')
})

t.test('taken back, it is read no more, and was there', async (t) => {
  const { path } = await accepted()
  const { body: sent } = await call('POST', path, said())
  const retract = `/v1/messages/${sent.id}/retract`
  t.match((await theirs('POST', retract)).body, { status: 403, code: 'not_author' })
  const colleague = await scene.as(personOf(sender.id, 'case_worker'))
  t.equal((await colleague('POST', retract)).body.code, 'not_author')
  t.equal((await call('POST', retract)).status, 200)
  t.equal((await call('POST', retract)).body.code, 'already_retracted')
  for (const by of [call, theirs]) {
    t.equal((await by('POST', `/v1/messages/${sent.id}/open`)).status, 404)
    t.match((await by('GET', path)).body.items, [{ id: sent.id, retracted_at: /Z$/ }])
  }
  t.equal((await entriesOf('messages.message.retracted.v1', sent.id)).length, 1)
})

t.test(
  'the owner of a case and an agency that serves it, which does not know the case',
  async (t) => {
    const { caseId, path } = await accepted()
    const mine = `/v1/cases/${caseId}/messages`
    const asked = { ...said(), with: recipient.id }
    const { body: sent, status, text } = await call('POST', mine, asked)
    t.equal(status, 201, text)
    const answer = await theirs('POST', path, said({ to: 'owner', text: 'Baik.' }))
    t.equal(answer.status, 201, answer.text)
    const page = await theirs('GET', path)
    t.match(page.body.items, [
      { id: answer.body.id, about: 'case', agency: recipient.id, addressee: sender.id },
      { id: sent.id, about: 'case', agency: sender.id, readable: true },
    ])
    t.notOk(page.text.includes(caseId))
    t.equal((await theirs('POST', `/v1/messages/${sent.id}/open`)).body.text, TEXT)
    t.equal((await call('POST', `/v1/messages/${answer.body.id}/open`)).body.text, 'Baik.')
    const both = await call('GET', `${mine}?with=${recipient.id}`)
    t.same(
      both.body.items.map((item: { id: string }) => item.id),
      [answer.body.id, sent.id],
    )
    t.same((await call('GET', `${mine}?with=${other.id}`)).body.items, [])
    t.equal((await call('GET', path)).body.items.length, 0, 'for the sender it is at the case')
    const none = await call('POST', mine, { ...said(), with: other.id })
    t.match(none.body, { status: 409, code: 'conversation_closed' })
    for (const stranger of [theirs, await scene.as(other.worker)]) {
      t.equal((await stranger('GET', mine)).status, 404)
      t.equal((await stranger('POST', mine, { ...said(), with: sender.id })).status, 404)
    }
    await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
    const late = await theirs('POST', `/v1/messages/${sent.id}/open`)
    t.equal(late.status, 409, 'withdrawal takes reading away')
  },
)

t.test('when the case has moved on, its new owner is whom who serves writes to', async (t) => {
  const { caseId, path } = await accepted()
  const { body: before } = await call('POST', `/v1/cases/${caseId}/messages`, {
    ...said(),
    with: recipient.id,
  })
  await admin`update cases.case_record set owner = ${other.id} where id = ${caseId}`
  const { body: sent } = await theirs('POST', path, said({ to: 'owner' }))
  const theNew = await scene.as(other.worker)
  t.equal((await theNew('POST', `/v1/messages/${sent.id}/open`)).body.text, TEXT)
  t.equal((await theNew('POST', `/v1/messages/${before.id}/open`)).status, 404)
  t.equal((await call('POST', `/v1/messages/${sent.id}/open`)).status, 404)
  t.match((await theirs('POST', `/v1/messages/${before.id}/open`)).body, {
    code: 'conversation_closed',
  })
})

t.test('at a transfer that was handed over, its sender has the case no more', async (t) => {
  const { id, caseId, path } = await accepted()
  const { body: sent } = await call('POST', path, said())
  const { body: theirsBefore } = await theirs('POST', path, said())
  await admin`update cases.case_record set owner = ${recipient.id} where id = ${caseId}`
  await admin`update referrals.referral set kind = 'transfer', state = 'handed_over' where id = ${id}`
  for (const by of [call, theirs]) {
    t.match((await by('POST', path, said())).body, { status: 409, code: 'conversation_closed' })
  }
  t.match((await call('POST', `/v1/messages/${theirsBefore.id}/open`)).body, {
    code: 'conversation_closed',
  })
  t.equal((await call('POST', `/v1/messages/${sent.id}/open`)).body.text, TEXT, 'its own')
})

t.test('who no longer has the case still finds what it wrote', async (t) => {
  const { id, path } = await accepted()
  const { body: sent } = await call('POST', path, said())
  await admin`update referrals.referral set sender = ${other.id} where id = ${id}`
  t.match((await call('GET', path)).body.items, [{ id: sent.id, agency: sender.id }])
  t.equal((await call('POST', `/v1/messages/${sent.id}/retract`)).status, 200)
})

t.test('who serves is told why it cannot write to the owner', async (t) => {
  const { id, caseId, path } = await accepted()
  const toOwner = said({ to: 'owner' })
  await admin`update referrals.referral set state = 'closed' where id = ${id}`
  t.match((await theirs('POST', path, toOwner)).body, {
    status: 409,
    code: 'conversation_closed',
    state: 'closed',
  })
  await admin`update referrals.referral set state = 'in_service' where id = ${id}`
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  t.match((await theirs('POST', path, toOwner)).body, { status: 409, code: 'consent_ended' })
})

t.test('only active colleagues are mentioned', async (t) => {
  const { path } = await accepted()
  const colleague = await newPerson(scene.hub, { agency: sender.id, roles: ['case_worker'] })
  const key = randomUUID()
  const first = await call('POST', path, said({ mentions: [colleague.id] }), { key })
  t.equal(first.status, 201, first.text)
  await admin`update identity.person set active = false where id = ${colleague.id}`
  for (const mentions of [[recipient.worker.id], [newId()], [colleague.id]]) {
    t.match((await call('POST', path, said({ mentions }))).body, {
      status: 422,
      code: 'mention_unknown',
    })
  }
  const again = await call('POST', path, said({ mentions: [colleague.id] }), { key })
  t.equal(
    again.text,
    first.text,
    'what was sent while the colleague was there is answered the same',
  )
})

t.test('a conversation ends with the hand-off; erased, nothing of it opens', async (t) => {
  const { id, caseId, path } = await accepted()
  const { body: sent } = await call('POST', path, said())
  await admin`update referrals.referral set state = 'closed' where id = ${id}`
  t.match((await call('POST', path, said())).body, {
    code: 'conversation_closed',
    state: 'closed',
  })
  t.equal((await theirs('POST', `/v1/messages/${sent.id}/open`)).status, 409)
  t.equal((await theirs('GET', path)).body.items.length, 1, 'that it was there is still seen')
  await admin`update referrals.referral set state = 'in_service' where id = ${id}`
  const [erased] = await admin`
    select erased from audit.erase(${JSON.stringify([
      { i: 0, subject: caseId, agency: sender.id },
    ])}::text::jsonb)`
  t.not(erased?.['erased'], null)
  for (const by of [call, theirs]) {
    t.equal((await by('POST', `/v1/messages/${sent.id}/open`)).status, 404)
    t.same((await by('GET', path)).body.items, [])
  }
  const left = await admin`
    select from messages.message m full join messages.access a on a.message = m.id
    where m.id = ${sent.id} or a.message = ${sent.id}`
  t.equal(left.length, 0)
})

t.test('pages, and many at once with the same few keys', async (t) => {
  const { path } = await accepted()
  const keys = [0, 1, 2, 3].map(() => randomUUID())
  const answers = await Promise.all(
    keys.flatMap((key) => [0, 1, 2].map(() => call('POST', path, said(), { key }))),
  )
  t.same(
    answers.map(({ status }) => status),
    answers.map(() => 201),
  )
  const ids = new Set(answers.map(({ body }) => body.id))
  t.equal(ids.size, keys.length, 'one message for each key')
  const seen: string[] = []
  for (let after = ''; ;) {
    const { body } = await theirs('GET', `${path}?limit=3${after}`)
    seen.push(...body.items.map((item: { id: string }) => item.id))
    if (body.next === null) break
    after = `&after=${body.next}`
  }
  t.same(
    seen,
    [...ids].toSorted((a, b) => (a < b ? 1 : -1)),
  )
  const reused = await call('POST', path, said({ text: 'Lain.' }), { key: keys[0]! })
  t.equal(reused.body.code, 'idempotency_key_reused')
  const wrong = randomUUID()
  const refused = () => call('POST', path, said({ category: 'legal' }), { key: wrong })
  const twice = await Promise.all([refused(), refused()])
  t.same(
    twice.map(({ status }) => status),
    [422, 422],
  )
  t.equal((await call('POST', path, said(), { key: wrong })).status, 201, 'a refusal keeps no key')
})
