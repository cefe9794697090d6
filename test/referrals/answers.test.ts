// Goal: a repeated key gets the first answer whatever happened since, a lost race says who won, and
// nothing of a change is kept when its record cannot be.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Answered } from '../helpers/actors.ts'
import { personOf } from '../helpers/actors.ts'
import { createScene } from '../helpers/referral-scene.ts'

const scene = await createScene(t)
const { network, admin, asked } = scene
const { sender, recipient } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)
const step = (id: string, verb: string, body: object) =>
  theirs('POST', `/v1/referrals/${id}/${verb}`, body)
/** What is signed twice differs in its signature alone. */
const withoutSignature = (value: unknown): unknown =>
  typeof value === 'string' && /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(value)
    ? value.split('.').slice(0, 2).join('.')
    : value
const unsigned = ({ body }: Answered) =>
  Object.fromEntries(
    Object.entries(body as object).map(([name, value]) => [name, withoutSignature(value)]),
  )

t.test('a send that is repeated after all is over gets the first answer', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const key = randomUUID()
  const first = await call('POST', '/v1/referrals', asked(caseId), { key })
  const { id } = first.body
  const withdrawn = { version: 1, reason: 'wrong_recipient' }
  t.equal((await call('POST', `/v1/referrals/${id}/withdraw`, withdrawn)).status, 200)
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  await call('PUT', `/v1/cases/${caseId}/do-not-send/${recipient.id}`)
  const again = await call('POST', '/v1/referrals', asked(caseId), { key })
  t.equal(again.status, 201)
  t.same(unsigned(again), unsigned(first))
  const other = await call('POST', '/v1/referrals', asked(caseId, { urgency: 'urgent' }), { key })
  t.match(other.body, { status: 422, code: 'idempotency_key_reused' })
})

t.test('so does a step, and a key belongs to one person', async (t) => {
  const { id } = await scene.sent()
  const key = randomUUID()
  const path = `/v1/referrals/${id}/acknowledge`
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => theirs('POST', path, { version: 1 }, { key })),
  )
  t.equal(new Set(answers.map((answer) => answer.text)).size, 1, 'twenty at once')
  t.equal(answers[0]?.status, 200)
  await step(id, 'accept', { version: 2 })
  t.equal((await theirs('POST', path, { version: 1 }, { key })).text, answers[0]?.text)
  const reused = await theirs('POST', path, { version: 3 }, { key })
  t.equal(reused.body.code, 'idempotency_key_reused')
  const colleague = await scene.as(personOf(recipient.id, 'case_worker'))
  t.equal((await colleague('POST', path, { version: 1 }, { key })).status, 409)
  t.equal((await scene.entries(id)).filter((entry) => entry.outcome === 'ok').length, 3)
})

t.test('a draft is the sender alone until it is sent, and is sent once', async (t) => {
  const caseId = await scene.openCase()
  const wanted = asked(caseId, { categories: ['identity', 'safety', 'family'] })
  const draft = await call('POST', '/v1/referrals/drafts', wanted)
  t.match(draft.body, { state: 'draft', version: 1 })
  const { id } = draft.body
  const path = `/v1/referrals/${id}/send`
  t.equal((await theirs('GET', `/v1/referrals/${id}`)).status, 404)
  t.match((await call('POST', path, { version: 1 })).body, { code: 'consent_missing' })
  await scene.consentTo(caseId)
  t.match((await call('POST', path, { version: 2 })).body, { status: 409, state: 'draft' })
  const key = randomUUID()
  const first = await call('POST', path, { version: 1 }, { key })
  t.match(first.body, { id, state: 'sent', version: 2, dropped: ['family'] })
  const again = await call('POST', path, { version: 1 }, { key })
  t.same(unsigned(again), unsigned(first), 'the same key, the same answer')
  const late = await call('POST', path, { version: 2 })
  t.match(late.body, { status: 409, code: 'version_conflict', state: 'sent', version: 2 })
  t.equal((await theirs('GET', `/v1/referrals/${id}`)).status, 200)
  const second = await call('POST', '/v1/referrals/drafts', wanted)
  const twice = await call('POST', `/v1/referrals/${second.body.id}/send`, { version: 1 })
  t.match(twice.body, { status: 409, code: 'open_referral_exists' })
  const refused = (await scene.entries(second.body.id)).filter((row) => row.outcome === 'refused')
  t.match(refused, [{ reason: 'open_referral_exists' }], 'refused on the record')
})

t.test('a draft that was a mistake is never heard of by the other agency', async (t) => {
  const draft = await call('POST', '/v1/referrals/drafts', asked(await scene.openCase()))
  const { id } = draft.body
  const supervisor = await scene.as(sender.supervisor)
  const error = { version: 1, note: 'Salah kasus.' }
  t.equal((await supervisor('POST', `/v1/referrals/${id}/mark-error`, error)).status, 200)
  t.equal((await theirs('GET', `/v1/referrals/${id}`)).status, 404)
  const { body } = await theirs('GET', '/v1/referrals?side=recipient&limit=100')
  t.notOk(body.items.some((item: { id: string }) => item.id === id))
  const told = await scene.entries(id)
  t.ok(told.length === 2 || told.length === 3)
  t.notOk(told.some((entry) => entry.outcome === 'ok' && entry.concerned.includes(recipient.id)))
})

t.test(
  'of two staff who accept at once one wins, and the other learns the new state',
  async (t) => {
    const colleague = await scene.as(personOf(recipient.id, 'case_worker'))
    for (let round = 0; round < 8; round += 1) {
      const { id } = await scene.sent()
      await step(id, 'acknowledge', { version: 1 })
      const path = `/v1/referrals/${id}/accept`
      const answers = await Promise.all(
        [theirs, colleague, theirs, colleague, theirs].map((one) =>
          one('POST', path, { version: 2 }),
        ),
      )
      const lost = answers.filter((answer) => answer.status === 409)
      t.equal(answers.filter((answer) => answer.status === 200).length, 1)
      t.equal(lost.length, 4)
      for (const { body } of lost) t.match(body, { code: 'version_conflict', state: 'accepted' })
      t.equal(
        (await scene.entries(id)).filter((each) => each.type.includes('.accepted.')).length,
        1,
      )
    }
  },
)

t.test('a second referral to the same service waits for the first to end', async (t) => {
  const { id, case: caseId } = await scene.sent()
  const twice = await call('POST', '/v1/referrals', asked(caseId))
  t.match(twice.body, { status: 409, code: 'open_referral_exists' })
  t.notOk('missing' in twice.body)
  await call('POST', `/v1/referrals/${id}/withdraw`, { version: 1, reason: 'safety_concern' })
  const retry = await call('POST', '/v1/referrals', asked(caseId, { previous: id }))
  t.equal(retry.status, 201)
  t.equal((await call('GET', `/v1/referrals/${retry.body.id}`)).body.previous, id)
  t.equal((await theirs('GET', `/v1/referrals/${retry.body.id}`)).body.previous, null)
  const [entry] = await scene.entries(retry.body.id)
  t.notOk(JSON.stringify(entry?.data).includes(id), 'nor does the feed tell the recipient')
})

t.test('when the journal fails nothing of the change is kept', async (t) => {
  const { id } = await scene.sent()
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  await step(id, 'acknowledge', { version: 1 })
  await step(id, 'accept', { version: 2 })
  const { body } = await call('GET', `/v1/referrals/${id}/arrival-code`)
  const rows = () => admin`
    select (select jsonb_agg(r order by r.id) from referrals.referral r) as referrals,
      (select jsonb_agg(p order by p.referral_id, p.category) from referrals.package p) as packages,
      (select jsonb_agg(n order by n.id) from referrals.note n) as notes,
      (select jsonb_agg(a order by a.id) from referrals.access a) as openings,
      (select jsonb_agg(c order by c.id) from cases.case_record c) as cases,
      (select count(*) from journal.answer) as answers`
  const before = await rows()
  await admin.unsafe(`
    create function journal.sabotage() returns trigger language plpgsql as
      $$ begin raise exception 'no journal' using errcode = 'XX000'; end $$;
    create trigger sabotage before insert on journal.entry for each row execute function journal.sabotage()`)
  const attempts = [
    call('POST', '/v1/referrals', asked(caseId)),
    call('POST', '/v1/referrals/drafts', asked(caseId)),
    step(id, 'end-unserved', { version: 3, reason: 'other', note: 'Tidak datang.' }),
    step(id, 'package/identity/open', {}),
    call('POST', `/v1/referrals/${id}/arrival-code`, { version: 3 }),
  ]
  for (const answer of await Promise.all(attempts)) {
    t.ok(answer.status >= 500, String(answer.status))
    t.notOk(answer.text.includes('Melur') || answer.text.includes('no journal'))
  }
  const unrecorded = await step(id, 'accept', { version: 3 })
  t.equal(unrecorded.status, 503, 'a refusal that cannot be recorded is not given')
  await admin`drop trigger sabotage on journal.entry`
  t.same(await rows(), before)
  const arrival = { version: 3, arrival_code: body.code }
  t.equal((await step(id, 'hand-over', arrival)).status, 200, 'and then all goes on')
})
