// Goal: the clocks of a referral speak when the document says, to whom it says, and once.
// Method: real referrals over the API, a clock that the test turns, the journal as witness.
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import { referrals } from '../../services/referrals/service.ts'
import type { Actor } from '../../src/actor.ts'
import { startHub } from '../helpers/hub.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { standingClock } from '../helpers/standing-clock.ts'

const DAY = [{ open: '08:00', close: '16:00' }]
const WEEK = { mon: DAY, tue: DAY, wed: DAY, thu: DAY, fri: DAY }
/** 2026-11-27 is a Friday; the Monday after it is a holiday here. */
const HOLIDAY = { day: '2026-11-30', name_id: 'Libur', name_en: 'Holiday' }

const clock = standingClock('2026-11-24T08:00:00+07:00')
const scene = await createScene(t, [], clock)

const officeHours = async (timeZone: string, isAlwaysOpen = false): Promise<void> => {
  const { admin, network } = scene
  const { id } = network.recipient
  await admin`update directory.agency set time_zone = ${timeZone}, hours = ${admin.json(WEEK)},
    holidays = ${admin.json([HOLIDAY])} where id = ${id}`
  await admin`update directory.service set always_open = ${isAlwaysOpen} where agency = ${id}`
}

/** What the clocks of a referral said: event, share, and to which sides. */
const said = async (id: string): Promise<string[]> => {
  const { admin, network } = scene
  const names = new Map([
    [network.sender.id, 'sender'],
    [network.recipient.id, 'recipient'],
  ])
  const rows = await admin<{ type: string; concerned: string[]; data: { percent?: number } }[]>`
    select type, concerned, data from journal.entry
    where object = ${id} and actor = 'hub' order by seq`
  return rows.map(({ type, concerned, data }) =>
    [
      type.replace(/^referrals\.|\.v1$/g, ''),
      data.percent,
      ...concerned.map((agency) => names.get(agency)),
    ].join(' '),
  )
}

const stepper =
  (id: string) =>
  async (actor: Actor, verb: string, body = {}) => {
    const call = await scene.as(actor)
    const { body: seen } = await call('GET', `/v1/referrals/${id}`)
    const answer = await call('POST', `/v1/referrals/${id}/${verb}`, {
      version: seen.version,
      ...body,
    })
    if (answer.status !== 200) throw new Error(`${verb}: ${answer.text}`)
    return answer.body
  }

t.test('working hours, a change of day, a weekend, a holiday, three zones', async (t) => {
  for (const [zone, offset] of [
    ['Asia/Jakarta', '+07:00'],
    ['Asia/Makassar', '+08:00'],
    ['Asia/Jayapura', '+09:00'],
  ] as const) {
    clock.set(`2026-11-27T15:00:00${offset}`)
    await officeHours(zone)
    const { id } = await scene.sent({ urgency: 'urgent' })
    const at = async (local: string): Promise<string[]> => {
      clock.set(`${local}${offset}`)
      await scene.hub.fireTimers()
      return await said(id)
    }
    // Eight open hours: one on Friday, the others on Tuesday.
    t.same(await at('2026-11-30T15:59:59'), [], `${zone}: nothing on the weekend and the holiday`)
    t.same(await at('2026-12-01T10:59:59'), [])
    const reminded = 'clock.reminded 50 recipient'
    t.same(await at('2026-12-01T11:00:00'), [reminded])
    t.same(await at('2026-12-01T14:59:59'), [reminded])
    const overdue = 'clock.overdue 100 sender recipient'
    t.same(await at('2026-12-01T15:00:00'), [reminded, overdue])
    t.same(await at('2026-12-02T10:59:59'), [reminded, overdue])
    const escalated = 'clock.escalated 150 sender recipient'
    t.same(await at('2026-12-02T11:00:00'), [reminded, overdue, escalated])
    t.same(await at('2026-12-02T14:59:59'), [reminded, overdue, escalated])
    const expired = 'referral.expired 200 sender recipient'
    t.same(await at('2026-12-02T15:00:00'), [reminded, overdue, escalated, expired])
    t.same(await at('2027-12-02T15:00:00'), [reminded, overdue, escalated, expired])
    const sender = await scene.as(scene.network.sender.worker)
    const { body } = await sender('GET', `/v1/referrals/${id}`)
    t.match(body, { state: 'expired', reason: 'no_acknowledgement' })
    t.match(body.due.acknowledge, new Date(`2026-12-01T15:00:00${offset}`).toISOString())
  }
})

t.test('two working days end when the second day closes', async (t) => {
  clock.set('2026-11-26T17:00:00+07:00')
  await officeHours('Asia/Jakarta')
  const { id } = await scene.sent({ urgency: 'normal' })
  // Friday and Tuesday: sixteen open hours.
  for (const [at, count] of [
    ['2026-11-27T15:59:59', 0],
    ['2026-11-27T16:00:00', 1],
    ['2026-12-01T15:59:59', 1],
    ['2026-12-01T16:00:00', 2],
    ['2026-12-02T16:00:00', 3],
    ['2026-12-03T16:00:00', 4],
  ] as const) {
    clock.set(`${at}+07:00`)
    await scene.hub.fireTimers()
    t.equal((await said(id)).length, count, at)
  }
})

t.test('an emergency runs through the night and never expires', async (t) => {
  clock.set('2026-11-27T23:40:00+07:00')
  await officeHours('Asia/Jakarta')
  const { id } = await scene.sent({ urgency: 'emergency' })
  clock.set('2026-11-28T00:10:00+07:00')
  await scene.hub.fireTimers()
  t.same(await said(id), ['clock.reminded 50 recipient'])
  clock.set('2026-11-28T04:10:00+07:00')
  await scene.hub.fireTimers()
  t.same(await said(id), [
    'clock.reminded 50 recipient',
    'clock.overdue 100 sender recipient',
    'clock.escalated 150 sender recipient',
    'clock.escalated 250 sender recipient',
    'clock.escalated 350 sender recipient',
    'clock.escalated 450 sender recipient',
  ])
  await stepper(id)(scene.network.recipient.intake, 'acknowledge')
  clock.set('2026-11-28T06:00:00+07:00')
  await scene.hub.fireTimers()
  t.equal((await said(id)).length, 6, 'acknowledged: it is silent')

  // Four hours to decide, from 04:10. Asked after the last mark, it goes on with the next round.
  clock.set('2026-11-28T11:10:00+07:00')
  await scene.hub.fireTimers()
  const before = await said(id)
  t.equal(before.at(-1), 'clock.escalated 150 sender recipient')
  const { recipient, sender } = scene.network
  await stepper(id)(recipient.intake, 'ask', { questions: [{ topic: 'arrival' }] })
  clock.set('2026-11-28T12:10:00+07:00')
  await stepper(id)(sender.worker, 'answer', { answers: [{ topic: 'arrival', answer: 'later' }] })
  clock.set('2026-11-28T15:09:59+07:00')
  await scene.hub.fireTimers()
  const asked = (await said(id)).length
  clock.set('2026-11-28T19:10:00+07:00')
  await scene.hub.fireTimers()
  t.same((await said(id)).slice(asked), [
    'clock.escalated 250 sender recipient',
    'clock.escalated 350 sender recipient',
  ])
})

t.test("the recipient's clock stands still while the sender is asked", async (t) => {
  clock.set('2026-11-24T08:00:00+07:00')
  await officeHours('Asia/Jakarta')
  const { sender, recipient } = scene.network
  const { id } = await scene.sent({ urgency: 'urgent' })
  const step = stepper(id)
  // 24 open hours to decide: reminded after twelve.
  await step(recipient.intake, 'acknowledge')
  clock.set('2026-11-25T10:00:00+07:00')
  await step(recipient.intake, 'ask', { questions: [{ topic: 'arrival' }] })
  clock.set('2026-11-25T16:00:00+07:00')
  await scene.hub.fireTimers()
  t.same(await said(id), [], 'ten of its hours had passed; the sender has 24')
  clock.set('2026-11-26T14:00:00+07:00')
  await scene.hub.fireTimers()
  t.same(await said(id), ['clock.reminded 50 sender'])
  await step(sender.worker, 'answer', { answers: [{ topic: 'arrival', answer: 'later' }] })
  clock.set('2026-11-26T15:59:59+07:00')
  await scene.hub.fireTimers()
  t.same(await said(id), ['clock.reminded 50 sender'])
  clock.set('2026-11-26T16:00:00+07:00')
  await scene.hub.fireTimers()
  t.same(await said(id), ['clock.reminded 50 sender', 'clock.reminded 50 recipient'])
  // Twelve more: Friday, and four hours of Tuesday.
  clock.set('2026-12-01T11:59:59+07:00')
  await scene.hub.fireTimers()
  t.equal((await said(id)).length, 2)
  clock.set('2026-12-01T12:00:00+07:00')
  await scene.hub.fireTimers()
  t.equal((await said(id)).at(-1), 'clock.overdue 100 sender recipient')
})

t.test('after acceptance: arrival missed, start, review, feedback owed, follow-up', async (t) => {
  clock.set('2026-11-24T08:00:00+07:00')
  await officeHours('Asia/Jakarta', true)
  const { sender, recipient } = scene.network
  const { id } = await scene.sent({ urgency: 'urgent' })
  const step = stepper(id)
  await step(recipient.intake, 'acknowledge')
  await step(recipient.worker, 'accept')
  const at = async (day: string): Promise<string[]> => {
    clock.set(`${day}T08:00:00+07:00`)
    await scene.hub.fireTimers()
    return (await said(id)).slice(-3)
  }
  t.same(await at('2026-11-28'), [
    'clock.reminded 50 recipient',
    'arrival.missed 100 sender recipient',
  ])
  const call = await scene.as(sender.worker)
  const { body } = await call('GET', `/v1/referrals/${id}/arrival-code`)
  await step(recipient.worker, 'hand-over', { arrival_code: body.code })
  t.match((await at('2026-12-05')).slice(-2), [
    'clock.reminded 50 recipient',
    'clock.overdue 100 sender recipient',
  ])
  await step(recipient.worker, 'start')
  t.equal((await at('2027-01-05')).at(-1), 'review.due 100 recipient')
  t.equal((await at('2027-02-04')).at(-1), 'review.due 200 recipient', 'every thirty days')
  await step(recipient.worker, 'hold', { review_at: '2027-02-10T00:00:00Z' })
  t.equal((await at('2027-02-11')).at(-1), 'review.due 100 recipient')
  await step(recipient.worker, 'resume')
  await step(recipient.worker, 'complete')
  t.match((await at('2027-02-18')).slice(-2), [
    'clock.reminded 50 sender',
    'feedback.owed 100 sender recipient',
  ])
  await step(sender.worker, 'close', {
    reason: 'service_completed',
    feedback: 'helped',
    next_step: 'economic',
  })
  const before = await said(id)
  await at('2027-03-19')
  t.same((await said(id)).length, before.length)
  t.equal((await at('2027-03-20')).at(-1), 'follow_up.due  sender')
  await at('2027-12-31')
  t.same((await said(id)).slice(before.length), [
    'follow_up.due  sender',
    'follow_up.due  sender',
    'follow_up.due  sender',
  ])
  const waiting =
    await scene.admin`select name from journal.timer where fired_at is null and key like ${`${id}%`}`
  t.same([...waiting], [], 'nothing is left to fire')
})

t.test('a draft is forgotten after thirty days, a sent one is not', async (t) => {
  clock.set('2026-11-24T08:00:00Z')
  const worker = await scene.as(scene.network.sender.worker)
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const { body: kept } = await worker('POST', '/v1/referrals/drafts', scene.asked(caseId))
  const legal = { service: scene.network.other.service('legal') }
  const { body: sent } = await worker('POST', '/v1/referrals/drafts', scene.asked(caseId, legal))
  const answer = await worker('POST', `/v1/referrals/${sent.id}/send`, { version: 1 })
  t.equal(answer.status, 201)
  clock.set('2026-12-24T07:59:59Z')
  await scene.hub.fireTimers()
  t.equal((await worker('GET', `/v1/referrals/${kept.id}`)).status, 200)
  clock.set('2026-12-24T08:00:00Z')
  await scene.hub.fireTimers()
  t.equal((await worker('GET', `/v1/referrals/${kept.id}`)).status, 404)
  t.equal((await worker('GET', `/v1/referrals/${sent.id}`)).status, 200)
  t.same(await said(kept.id), ['referral.draft_purged  sender'])
})

t.test('a hub that was down over every mark makes up for them, once, on any replica', async (t) => {
  clock.set('2026-11-24T08:00:00+07:00')
  await officeHours('Asia/Jakarta')
  const sent = [await scene.sent({ urgency: 'urgent' }), await scene.sent({ urgency: 'urgent' })]
  await scene.hub.close()
  clock.set('2026-12-24T08:00:00+07:00')
  const replicas = await Promise.all(
    [1, 2].map(() =>
      startHub(t, { services: [cases, consent, referrals], like: scene.hub, now: clock.now }),
    ),
  )
  await Promise.all(replicas.map((hub) => hub.fireTimers()))
  await Promise.all(replicas.map((hub) => hub.fireTimers()))
  for (const { id } of sent) {
    t.same(await said(id), [
      'clock.reminded 50 recipient',
      'clock.overdue 100 sender recipient',
      'clock.escalated 150 sender recipient',
      'referral.expired 200 sender recipient',
    ])
  }
})
