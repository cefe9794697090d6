// Goal: what consent does not let is opened by two people, named, for a day, in the open, and judged.
// Method: the public API over real hand-offs, a clock that the test turns, the journal as witness.
import t from 'tap'
import type { Actor } from '../../src/actor.ts'
import { callAs, personOf } from '../helpers/actors.ts'
import { CANARY, createGlassScene, GLASS_ASK as ASK, HOUR_MS } from '../helpers/glass-scene.ts'

const scene = await createGlassScene(t)
const { network, admin, as, hub, later, nextDay, lines } = scene
const { newReferral, revoked, asked, approved, told, second } = scene
const { sender, recipient, other } = network
const [worker, supervisor, owner, approver] = [
  await as(recipient.worker),
  await as(recipient.supervisor),
  await as(sender.supervisor),
  await as(second),
]

t.test('two people, categories named, told at once, opened once on the record', async (t) => {
  nextDay()
  const made = await revoked()
  t.equal((await worker('POST', `${made.path}/package/identity/open`)).status, 409)
  t.equal(
    (await worker('POST', `${made.path}/break-glass`, { ...ASK, categories: [] })).status,
    400,
  )
  for (const categories of [['narrative'], ['identity', 'health_mental']]) {
    const answer = await worker('POST', `${made.path}/break-glass`, { ...ASK, categories })
    t.match(answer, { status: 404, body: { code: 'not_in_package' } })
  }
  const notes = await worker('POST', `${made.path}/break-glass`, {
    ...ASK,
    categories: ['therapy_notes'],
  })
  t.equal(notes.status, 400, 'notes of therapy are no category of a package')
  const glass = await asked(made.path)
  t.match(glass, { state: 'asked', basis: 'break_glass', owner: sender.id, ends_at: null })
  const open = `${glass.path}/package/identity/open`
  t.match(await worker('POST', open), { status: 409, body: { code: 'break_glass_over' } })

  t.match(await worker('POST', `${glass.path}/approve`, { version: 1 }), { status: 403 })
  t.match(await owner('POST', `${glass.path}/approve`, { version: 1 }), { status: 403 })
  t.equal((await supervisor('POST', `${glass.path}/approve`, { version: 1 })).status, 200)
  const answer = await worker('POST', open)
  t.match(answer, { status: 200, body: { basis: 'break_glass', data: { prs_FirstName: 'Melur' } } })
  t.equal((await supervisor('POST', open)).status, 200, 'the second person too')
  t.match(await approver('POST', open), { status: 403 }, 'nobody but the two')
  t.match(await owner('POST', open), { status: 403 })
  const safety = await worker('POST', `${glass.path}/package/safety/open`)
  t.match(safety, { status: 409, body: { code: 'not_named' } })
  const entries = await told(made.id)
  t.same(
    entries.map(({ type, concerned }) => [type.split('.')[2], concerned.toSorted()]),
    ['asked', 'approved', 'opened', 'opened'].map((verb) => [
      verb,
      [sender.id, recipient.id].toSorted(),
    ]),
  )
  t.match(entries[2], {
    actor: recipient.worker.id,
    reason: 'danger_to_life',
    subject: made.case,
    data: { basis: 'break_glass', break_glass: glass.id, access: answer.body.access },
  })
})

t.test('who may ask, and with a recent sign-in', async (t) => {
  nextDay()
  const made = await revoked()
  const stale = async (actor: Actor) => await callAs(hub, { ...actor, authenticatedAt: 1 })
  const late = await (await stale(recipient.worker))('POST', `${made.path}/break-glass`, ASK)
  t.match(late, { body: { code: 'step_up_needed' } })
  for (const [actor, status] of [
    [recipient.intake, 403],
    [recipient.reviewer, 403],
    [recipient.system, 403],
    [sender.worker, 403],
    [other.supervisor, 404],
    [network.administrator, 403],
  ] as const) {
    const answer = await (await as(actor))('POST', `${made.path}/break-glass`, ASK)
    t.equal(answer.status, status, `${actor.roles[0]}: ${answer.text}`)
  }
  // Asked by a supervisor: the same person is no second one.
  const glass = await asked(made.path, {}, supervisor)
  const alone = await supervisor('POST', `${glass.path}/approve`, { version: 1 })
  t.match(alone, { status: 403 })
  const tired = await (await stale(second))('POST', `${glass.path}/approve`, { version: 1 })
  t.match(tired, { body: { code: 'step_up_needed' } })
  const both = await Promise.all([
    approver('POST', `${glass.path}/approve`, { version: 1 }),
    (await as(personOf(recipient.id, 'supervisor')))('POST', `${glass.path}/approve`, {
      version: 1,
    }),
  ])
  t.same(
    both.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 409],
    'one approval wins',
  )
  t.equal((await told(made.id)).filter(({ type }) => type.includes('approved')).length, 1)
  const worn = await (
    await stale(recipient.supervisor)
  )('POST', `${glass.path}/package/identity/open`)
  t.match(worn, { status: 401, body: { code: 'step_up_needed' } }, 'to open as well')
  t.equal((await (await as(network.administrator))('GET', glass.path)).status, 403)
  t.equal((await (await as(other.supervisor))('GET', glass.path)).status, 404)
})

t.test(
  'a request lapses after an hour, an access ends after a day, to the millisecond',
  async (t) => {
    nextDay()
    const made = await revoked()
    const lapsing = await asked(made.path)
    later(HOUR_MS)
    const late = await supervisor('POST', `${lapsing.path}/approve`, { version: 1 })
    t.match(late, { status: 409, body: { code: 'break_glass_over', state: 'lapsed' } })
    const glass = await asked(made.path)
    later(HOUR_MS - 1)
    t.equal((await supervisor('POST', `${glass.path}/approve`, { version: 1 })).status, 200)
    const open = `${glass.path}/package/identity/open`
    later(24 * HOUR_MS - 1)
    t.equal((await worker('POST', open)).status, 200)
    later(1)
    t.match(await worker('POST', open), { status: 409, body: { code: 'break_glass_over' } })
    t.match((await worker('GET', glass.path)).body, { state: 'ended', ended_at: null })
  },
)

t.test('ended early by either of the two or by the owner', async (t) => {
  nextDay()
  for (const end of [worker, supervisor, owner]) {
    const made = await revoked()
    const glass = await approved(made.path)
    const foreign = await approver('POST', `${glass.path}/end`, { version: 2 })
    t.equal(foreign.status, 403, 'a colleague of the two is no third')
    t.match(await end('POST', `${glass.path}/end`, { version: 2 }), { body: { state: 'ended' } })
    const after = await worker('POST', `${glass.path}/package/identity/open`)
    t.match(after, { status: 409, body: { code: 'break_glass_over' } })
    t.equal((await told(made.id)).at(-1)?.type, 'referrals.break_glass.ended.v1')
  }
})

t.test(
  'never in bulk, and never where consent opens it or the agency is to get nothing',
  async (t) => {
    nextDay()
    const [first, next] = [await revoked(), await revoked()]
    const glass = await approved(first.path)
    const twice = await worker('POST', `${next.path}/break-glass`, ASK)
    t.match(twice, { status: 409, body: { code: 'break_glass_exists' } }, 'one a person')
    await asked(next.path, {}, supervisor)
    await asked(next.path, {}, approver)
    const more = await (
      await as(personOf(recipient.id, 'case_worker'))
    )('POST', `${first.path}/break-glass`, ASK)
    t.match(more, { status: 409, body: { code: 'break_glass_limit' } }, 'three a day')
    t.equal((await worker('POST', `${glass.path}/end`, { version: 2 })).status, 200)
    later(25 * HOUR_MS)
    const live = await newReferral()
    const needless = await worker('POST', `${live.path}/break-glass`, ASK)
    t.match(needless, { status: 409, body: { code: 'break_glass_not_needed' } })
    const blocked = await approved(next.path)
    const list = `/v1/cases/${next.case}/do-not-send/${recipient.id}`
    t.equal((await (await as(sender.worker))('PUT', list)).status, 200)
    const held = await worker('POST', `${blocked.path}/package/identity/open`)
    t.match(held, { status: 409, body: { code: 'sender_must_review' } })
  },
)

t.test(
  'the words are read on the record by those who need them, and are nowhere else',
  async (t) => {
    nextDay()
    const made = await revoked()
    const glass = await approved(made.path)
    for (const call of [worker, supervisor, owner]) {
      const answer = await call('POST', `${glass.path}/words/open`)
      t.match(answer, { status: 200, body: { text: CANARY, review: null } })
    }
    for (const actor of [sender.worker, sender.reviewer, personOf(recipient.id, 'case_worker')]) {
      t.equal((await (await as(actor))('POST', `${glass.path}/words/open`)).status, 403)
    }
    const read = (await told(made.id)).filter(({ type }) => type.includes('words_opened'))
    t.equal(read.length, 3)
    const kept = await admin`select j::text as text from journal.entry j
    union all select a::text from journal.answer a
    union all select g::text from referrals.break_glass g`
    const out = [...kept.map(({ text }) => text as string), ...lines].join('\n')
    t.ok(out.includes(glass.id) && lines.length > 0)
    t.notOk(out.includes(CANARY), 'in no journal, answer, row or log')
    t.notOk(out.includes(Buffer.from(CANARY).toString('hex')))
  },
)

t.test('reviewed by the owner; overdue after downtime is said once', async (t) => {
  nextDay()
  const made = await revoked()
  const glass = await approved(made.path)
  const review = { version: 2, outcome: 'justified', note: 'Perlu' }
  t.equal((await supervisor('POST', `${glass.path}/review`, review)).status, 403)
  t.equal((await (await as(sender.reviewer))('POST', `${glass.path}/review`, review)).status, 403)
  const silent = await owner('POST', `${glass.path}/review`, { ...review, note: undefined })
  t.match(silent, { status: 400, body: { errors: [{ field: 'note' }] } })
  t.match(await owner('POST', `${glass.path}/review`, review), {
    status: 200,
    body: { outcome: 'justified', reviewed_by: sender.supervisor.id },
  })
  t.equal((await owner('POST', `${glass.path}/review`, { ...review, version: 3 })).status, 409)
  t.match((await worker('POST', `${glass.path}/package/safety/open`)).body, {
    status: 409,
    code: 'break_glass_over',
  })
  t.match((await owner('POST', `${glass.path}/words/open`)).body, { review: 'Perlu' })

  const forgotten = await revoked()
  later(25 * HOUR_MS)
  const { path } = await approved(forgotten.path)
  const overdue = async (id: string) =>
    (await told(id)).filter(({ type }) => type.endsWith('review_overdue.v1'))
  later(72 * HOUR_MS - 1)
  await hub.fireTimers()
  t.equal((await overdue(forgotten.id)).length, 0)
  later(10 * 24 * HOUR_MS)
  await Promise.all([hub.fireTimers(), hub.fireTimers()])
  await hub.fireTimers()
  const [said, ...more] = await overdue(forgotten.id)
  t.match(said, { actor: 'hub', reason: 'danger_to_life' })
  t.equal(more.length, 0)
  t.equal((await overdue(made.id)).length, 0, 'a review in time is not called for')
  t.equal((await owner('POST', `${path}/review`, review)).status, 200, 'late, and still done')
})

t.test('where the owner broke it, a reviewer judges who is neither of the two', async (t) => {
  nextDay()
  const made = await revoked()
  const glass = await approved(made.path)
  await admin`update cases.case_record set owner = ${recipient.id} where id = ${made.case}`
  await admin`update referrals.break_glass set owner = ${recipient.id} where id = ${glass.id}`
  const review = { version: 2, outcome: 'not_justified', note: 'Tidak perlu' }
  t.equal((await owner('POST', `${glass.path}/review`, review)).status, 404)
  t.equal((await approver('POST', `${glass.path}/review`, review)).status, 403)
  const reviewer = await as(recipient.reviewer)
  const words = await reviewer('POST', `${glass.path}/words/open`)
  t.match(words, { status: 200, body: { text: CANARY } }, 'who judges reads why')
  const foreign = await (await as(sender.reviewer))('POST', `${glass.path}/words/open`)
  t.equal(foreign.status, 404)
  t.equal((await reviewer('POST', `${glass.path}/review`, review)).status, 200)
})

t.test('what fails leaves nothing, and a key used twice makes one', async (t) => {
  nextDay()
  const made = await revoked()
  await admin.unsafe(`
    create function public.sabotage() returns trigger language plpgsql as $$
    begin
      if new.type like 'referrals.break_glass.%' then raise 'sabotage'; end if;
      return new;
    end $$;
    create trigger sabotage before insert on journal.entry
      for each row execute function public.sabotage()`)
  t.equal((await worker('POST', `${made.path}/break-glass`, ASK)).status, 500)
  const none = await admin`select from referrals.break_glass where referral_id = ${made.id}`
  t.equal(none.length, 0)
  await admin`alter table journal.entry disable trigger sabotage`
  const glass = await approved(made.path)
  await admin`alter table journal.entry enable trigger sabotage`
  t.equal((await worker('POST', `${glass.path}/package/identity/open`)).status, 500)
  const opened = await admin`select from referrals.access where glass = ${glass.id}`
  t.equal(opened.length, 0, 'no opening without its entry')
  await admin.unsafe('drop trigger sabotage on journal.entry; drop function public.sabotage()')
  later(25 * HOUR_MS)
  const key = 'the-same-key-twice'
  const again = await Promise.all([
    worker('POST', `${made.path}/break-glass`, ASK, { key }),
    worker('POST', `${made.path}/break-glass`, ASK, { key }),
  ])
  t.equal(again[0]?.body.id, again[1]?.body.id)
})

t.test('lists of both sides, in pages', async (t) => {
  nextDay()
  const first = (await owner('GET', '/v1/break-glass?side=owner&limit=2')).body
  t.equal(first.items.length, 2)
  t.equal(first.items[0].asked_by, null, 'people of another agency are not named')
  const next = await owner('GET', `/v1/break-glass?side=owner&limit=2&after=${first.next}`)
  t.ok(next.body.items[0].id < first.items[1].id)
  const own = (await worker('GET', '/v1/break-glass?side=agency&limit=100')).body.items
  t.ok(own.length > 8)
  t.equal((await owner('GET', '/v1/break-glass?side=agency')).body.items.length, 0)
})
