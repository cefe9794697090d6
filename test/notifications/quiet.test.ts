// Goal: nobody is told in quiet hours but of what cannot wait; the calm comes once a day.
import t from 'tap'
import { newId } from '../../src/id.ts'
import { callAs } from '../helpers/actors.ts'
import { officeOf, startTelling } from '../helpers/notices.ts'
import { until } from '../helpers/until.ts'

const telling = await startTelling(t)
const { hub, mail, clock, journal, admin } = telling
const lettersTo = (to: string): number => mail.letters.filter((each) => each.to.includes(to)).length
const waiting = async (agency: string): Promise<string[]> =>
  (
    await admin<{ at: Date }[]>`select try_at as at from notifications.delivery
      where agency = ${agency} and state = 'waiting' order by try_at`
  ).map(({ at }) => at.toISOString())

t.test('quiet hours, the urgent, and the digest', async (t) => {
  const office = officeOf()
  const call = await callAs(hub, office.worker)
  await call('POST', '/v1/channels', { kind: 'email', to: 'tenang@example.org' })
  const wish = {
    least: 'all',
    time_zone: 'Asia/Jayapura',
    quiet_from: '20:00',
    quiet_to: '07:00',
    urgent_always: true,
    digest_at: '16:00',
    version: 0,
  }
  t.match(await call('GET', '/v1/preferences/me'), { body: { least: 'all', version: 0 } })
  t.match(await call('PUT', '/v1/preferences/me', wish), { status: 200, body: { version: 1 } })
  t.match(await call('PUT', '/v1/preferences/me', wish), { status: 409 })
  t.equal((await call('PUT', '/v1/preferences/agency', wish)).status, 403)
  const odd = { ...wish, version: 1 }
  for (const [field, value] of [
    ['time_zone', 'Asia/Nowhere'],
    ['quiet_to', null],
    ['digest_at', '25:00'],
  ] as const) {
    const answer = await call('PUT', '/v1/preferences/me', { ...odd, [field]: value })
    t.match(answer, { status: 400, body: { errors: [{ field }] } })
  }

  clock.set('2026-11-24T22:30:00+09:00')
  await journal('referrals.referral.accepted.v1', [office.id])
  await until(async () => (await waiting(office.id)).length === 1, { what: 'it to be queued' })
  t.same(await waiting(office.id), [new Date('2026-11-25T07:00:00+09:00').toISOString()])
  await journal('referrals.referral.sent.v1', [office.id], { data: { urgency: 'emergency' } })
  await until(() => lettersTo('tenang@example.org') === 1, { what: 'the emergency at night' })
  await until(async () => (await waiting(office.id)).length === 1, { what: 'the other one alone' })

  clock.set('2026-11-25T03:00:00+09:00')
  await journal('referrals.referral.acknowledged.v1', [office.id])
  await journal('referrals.referral.service_started.v1', [office.id])
  await until(async () => (await waiting(office.id)).length === 3, { what: 'the calm' })
  const digest = new Date('2026-11-25T16:00:00+09:00').toISOString()
  t.same((await waiting(office.id)).slice(1), [digest, digest])
  clock.set('2026-11-25T07:00:00+09:00')
  await until(() => lettersTo('tenang@example.org') === 2, { what: 'the morning' })
  clock.set('2026-11-25T16:00:00+09:00')
  await until(async () => (await waiting(office.id)).length === 0, { what: 'the digest' })
  t.equal(lettersTo('tenang@example.org'), 3, 'one mail for both')

  await call('PUT', '/v1/preferences/me', { ...odd, least: 'urgent', urgent_always: false })
  clock.set('2026-11-25T21:00:00+09:00')
  await journal('referrals.referral.accepted.v1', [office.id])
  await journal('referrals.referral.revoked.v1', [office.id])
  await until(async () => (await waiting(office.id)).length === 1, { what: 'the urgent alone' })
  t.same(await waiting(office.id), [new Date('2026-11-26T07:00:00+09:00').toISOString()])
  // What failed in the evening is tried again in the morning.
  await admin`update notifications.delivery set try_at = ${clock.now()}, tries = 1
    where agency = ${office.id} and state = 'waiting'`
  const [left] = await admin`select * from notifications.claim(${JSON.stringify([
    { limit: 10, at: clock.now(), until: clock.now(), busy: [] },
  ])}::text::jsonb)`
  t.equal(left, undefined, 'nothing is taken in hand in quiet hours')
  const before = lettersTo('tenang@example.org')
  clock.set('2026-11-26T07:00:00+09:00')
  await until(() => lettersTo('tenang@example.org') === before + 1, { what: 'the next morning' })
})

t.test('what is for supervisors, and what becomes a task of the hub', async (t) => {
  const office = officeOf()
  const [worker, supervisor] = [
    await callAs(hub, office.worker),
    await callAs(hub, office.supervisor),
  ]
  const administrator = await callAs(hub, {
    ...office.worker,
    agency: null,
    roles: ['hub_administrator'],
  })
  const tasks = async (): Promise<{ kind: string; object: string; data: object }[]> =>
    (await administrator('GET', '/v1/tasks?limit=100')).body.items
  const data = { urgency: 'emergency', service: 'x', clock: 'acknowledge', percent: 150 }
  await journal('referrals.clock.escalated.v1', [office.id], { data })
  await until(async () => (await tasks()).length === 2, { what: 'the tasks' })
  t.match(
    (await tasks()).find(({ kind }) => kind === 'escalation')?.data,
    { purpose: 'shelter', ...data },
    'the envelope and no more',
  )
  t.match(
    (await tasks()).find(({ kind }) => kind === 'agency_unreachable'),
    { object: office.id },
  )
  await worker('POST', '/v1/channels', { kind: 'email', to: 'petugas2@example.org' })
  await supervisor('POST', '/v1/channels', { kind: 'email', to: 'penyelia2@example.org' })
  await journal('referrals.clock.overdue.v1', [office.id], { data })
  await until(() => lettersTo('penyelia2@example.org') === 1, { what: "the supervisor's mail" })
  let due = 1
  for (const type of [
    'identity.proposal.made.v1',
    'identity.proposal.carried_out.v1',
    'identity.proposal.rejected.v1',
    'consent.agency_key.changed.v1',
  ] as const) {
    due += 1
    await journal(type, [office.id], { agency: office.id, data: { kind: 'agency_key' } })
    await until(() => lettersTo('penyelia2@example.org') === due, { what: type })
  }
  const [letter] = mail.letters.filter((each) => each.to.includes('penyelia2@example.org'))
  t.match(letter?.text, /Ada pembaruan[\s\S]*There is an update/, 'neutral, in both languages')
  t.equal(lettersTo('petugas2@example.org'), 0)

  const phoned = officeOf()
  const head = await callAs(hub, phoned.supervisor)
  t.equal(
    (await head('POST', '/v1/channels', { kind: 'phone', number: '+99912345678' })).status,
    201,
  )
  const second = officeOf()
  const other = await callAs(hub, second.supervisor)
  const phone = { kind: 'phone', number: '+99912345679' }
  t.equal((await other('POST', '/v1/channels', phone)).status, 201)
  await journal('referrals.referral.sent.v1', [phoned.id], { data: { urgency: 'urgent' } })
  await until(
    async () =>
      (await tasks()).some(
        ({ kind, data }) => kind === 'phone_call' && 'agency' in data && data.agency === phoned.id,
      ),
    { what: 'somebody to telephone' },
  )
  const [call] = (await tasks()).filter(({ kind }) => kind === 'phone_call')
  const both = [
    {
      entry: newId(),
      type: 'x',
      level: 'urgent',
      object: call?.object,
      at: clock.now(),
      agencies: [
        { agency: phoned.id, n: 1 },
        { agency: second.id, n: 1 },
      ],
    },
  ]
  await admin`select * from notifications.enqueue(${JSON.stringify(both)}::text::jsonb)`
  const called = (await tasks()).filter(({ kind }) => kind === 'phone_call')
  t.same(
    called.map(({ object, data }) => [object, 'agency' in data ? data.agency : null]),
    [second.id, phoned.id].map((agency) => [call?.object, agency]),
    'about one referral each agency is called, and once',
  )
  t.match(called[1]?.data, { level: 'urgent' }, 'what has become urgent does not wait')
  const [channel] = (await head('GET', '/v1/channels')).body.items
  t.equal((await head('DELETE', `/v1/channels/${channel.id}`)).status, 200)
  t.equal((await head('DELETE', `/v1/channels/${channel.id}`)).status, 404)
})

t.test('hosts of webhooks are registered by the hub alone', async (t) => {
  const office = officeOf()
  const administrator = await callAs(hub, {
    ...office.worker,
    agency: null,
    roles: ['hub_administrator'],
  })
  const supervisor = await callAs(hub, office.supervisor)
  const path = `/v1/agencies/${office.id}/hosts`
  t.equal((await supervisor('PUT', path, { hosts: ['hooks.example.org'] })).status, 403)
  t.match(await administrator('PUT', path, { hosts: ['127.0.0.1'] }), {
    status: 400,
    body: { errors: [{ field: 'hosts.0' }] },
  })
  t.equal((await administrator('PUT', path, { hosts: ['hooks.example.org'] })).status, 200)
  const add = (url: string) => supervisor('POST', '/v1/channels', { kind: 'webhook', url })
  t.equal((await add('https://hooks.example.org/x')).status, 201)
  t.equal((await add('https://evil.example.org/x')).status, 400)
})
