// Goal: every timer is data of an agreement, set by the hub's administrator and seen by its parties.
import t from 'tap'
import { createScene } from '../helpers/referral-scene.ts'
import { standingClock } from '../helpers/standing-clock.ts'

t.test('timers of an agreement hold for its two agencies alone', async (t) => {
  const clock = standingClock('2026-11-24T08:00:00Z')
  const scene = await createScene(t, [], clock)
  const { sender, recipient, other, administrator } = scene.network
  const admin = await scene.as(administrator)
  const put = (body: object) => admin('PUT', '/v1/agreements', body)
  const hours = (amount: number) => ({ kind: 'open_hours', hours: amount })
  const everyone = { sender: null, recipient: null }
  const all = { ...everyone, version: 0, timers: { 'acknowledge.urgent': hours(10) } }
  t.match(await put(all), { status: 200, body: { version: 1 } })
  t.match(await put(all), { status: 409, body: { code: 'version_conflict' } })
  t.match(await put({ ...all, version: 1 }), { status: 200, body: { version: 2 } })
  const pair = { sender: sender.id, recipient: recipient.id, version: 0 }
  const timers = {
    'acknowledge.urgent': hours(4),
    marks: { remind: 25, coordinate: 200, expire: 300 },
  }
  t.match(await put({ ...pair, timers }), { status: 200, body: { ...pair, version: 1, timers } })

  const ours = await scene.sent({ urgency: 'urgent' })
  const theirs = await scene.sent({ urgency: 'urgent', service: other.service('legal') })
  const worker = await scene.as(sender.worker)
  const due = async (id: string) =>
    (await worker('GET', `/v1/referrals/${id}`)).body.due.acknowledge
  t.equal(await due(ours.id), '2026-11-24T12:00:00.000Z')
  t.equal(await due(theirs.id), '2026-11-24T18:00:00.000Z')
  clock.set('2026-11-24T20:00:00Z')
  await scene.hub.fireTimers()
  const rang = await scene.entries(ours.id)
  t.same(
    rang.filter(({ actor }) => actor === 'hub').map(({ data }) => data['percent']),
    [25, 100, 200, 300],
  )
  const [expiry] = rang.slice(-1)
  t.match(expiry, { type: 'referrals.referral.expired.v1', reason: 'no_acknowledgement' })

  const seen = async (actor: Parameters<typeof scene.as>[0]) =>
    (await (await scene.as(actor))('GET', '/v1/agreements')).body.items.length
  t.equal(await seen(recipient.worker), 2)
  t.equal(await seen(other.worker), 1)
  t.equal(await seen(administrator), 2)
})

t.test('what cannot be agreed on', async (t) => {
  const scene = await createScene(t)
  const { sender, administrator } = scene.network
  const admin = await scene.as(administrator)
  const change = (timers: object) => ({ sender: null, recipient: null, version: 0, timers })
  const wrong = [
    { 'acknowledge.emergency': { kind: 'open_hours', hours: 1 } },
    { 'acknowledge.urgent': { kind: 'open_hours', hours: 0 } },
    { 'acknowledge.urgent': { kind: 'weeks', weeks: 1 } },
    { 'guess.urgent': { kind: 'open_hours', hours: 1 } },
    { marks: { remind: 100, coordinate: 150, expire: 200 } },
    { marks: { remind: 50, coordinate: 250, expire: 200 } },
    { follow_up: [] },
  ]
  for (const timers of wrong) {
    const { status, body } = await admin('PUT', '/v1/agreements', change(timers))
    t.match({ status, code: body.code }, { status: 400, code: 'invalid_request' })
    t.match(body.errors[0].field, /timers/)
  }
  const supervisor = await scene.as(sender.supervisor)
  t.equal((await supervisor('PUT', '/v1/agreements', change({}))).status, 403)
})
