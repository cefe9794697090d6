// Goal: places are never given twice, and counts follow what becomes of referrals.
// Method: real hand-offs through the API; 200 at once for ten beds; time passes by moving rows back.
import t from 'tap'
import { directory } from '../../services/directory/service.ts'
import type { CapacityRead } from '../../src/contracts/capacity.ts'
import { newId } from '../../src/id.ts'
import { createScene } from '../helpers/referral-scene.ts'

const scene = await createScene(t, [directory])
const { network, admin, hub } = scene
const shelter = network.recipient.service('shelter')
const COUNTS = `/v1/directory/services/${shelter}/capacity`
const supervisor = await scene.as(network.recipient.supervisor)
const intake = await scene.as(network.recipient.intake)
const worker = await scene.as(network.recipient.worker)
const sender = await scene.as(network.sender.worker)

const left = async (): Promise<CapacityRead> => {
  const { body } = await sender('GET', COUNTS)
  return body.items[0]
}
const count = async (available: number): Promise<CapacityRead> => {
  const { version } = await left()
  const answer = await intake('PUT', `${COUNTS}/bed/available`, { available, version })
  t.equal(answer.status, 200, answer.text)
  return answer.body
}
/** As if this hold had been made so much earlier. */
const age = async (referral: string): Promise<void> => {
  await admin`update directory.hold set expires_at = now() - interval '1 second' where referral = ${referral}`
  await admin`update journal.timer set due = now(), try_at = now() where key like ${`${referral}.%`}`
}

t.test('a supervisor begins to count; whoever is on duty counts', async (t) => {
  const settings = { maximum: 10, available: 4, fresh_hours: 24, hold_hours: 12 }
  t.same((await sender('GET', COUNTS)).body, { items: [] })
  const many = { ...settings, available: 11, version: null }
  t.match((await supervisor('PUT', `${COUNTS}/bed`, many)).body, {
    errors: [{ field: 'available' }],
  })
  const key = newId()
  const made = await supervisor('PUT', `${COUNTS}/bed`, { ...settings, version: null }, { key })
  t.match(made.body, { free: 4, held: 0, freshness: 1, freshness_state: 'fresh', version: 1 })
  const again = await supervisor('PUT', `${COUNTS}/bed`, { ...settings, version: null }, { key })
  t.same(again.body, made.body, 'the first answer')
  t.equal((await supervisor('PUT', `${COUNTS}/bed`, { ...settings, version: null })).status, 409)
  t.equal((await intake('PUT', `${COUNTS}/bed`, { ...settings, version: 1 })).status, 403)
  t.equal((await supervisor('PUT', `${COUNTS}/tent`, { ...settings, version: null })).status, 400)
  t.equal(
    (await intake('PUT', `${COUNTS}/hour/available`, { available: 1, version: 1 })).status,
    404,
  )
  const foreign = await sender('PUT', `${COUNTS}/bed/available`, { available: 1, version: 1 })
  t.equal(foreign.status, 404)
  const counted = await count(3)
  t.match(counted, { available: 3, free: 3, version: 2 })
  const stale = await intake('PUT', `${COUNTS}/bed/available`, { available: 2, version: 1 })
  t.match(stale.body, { code: 'version_conflict', version: 2, available: 3 })
  for (const available of [-1, 11, 1.5, 1e12, '3', null]) {
    const odd = await intake('PUT', `${COUNTS}/bed/available`, { available, version: 2 })
    t.equal(odd.status, 400, String(available))
  }
  const mine = await intake('GET', '/v1/directory/capacity')
  t.match(mine.body, { items: [{ service: shelter, unit: 'bed', free: 3 }], next: null })
  t.same((await sender('GET', '/v1/directory/capacity')).body.items, [], 'only what is their own')
  const history = await intake('GET', `/v1/directory/capacity/history?service=${shelter}`)
  t.match(history.body.items, [
    { available: 3, cause: 'counted' },
    { available: 4, cause: 'counted' },
  ])
  t.same((await sender('GET', '/v1/directory/capacity/history')).body.items, [])
  const csv = await intake('GET', '/v1/directory/capacity/history.csv?limit=1')
  t.match(csv.text, /^at,service,unit,maximum,available,cause\r\n[^\r]*,bed,10,3,counted\r\n$/)
  t.ok(csv.headers.get('next-cursor'))
  t.equal((await scene.entries(shelter)).at(-1)?.type, 'directory.capacity.changed.v1')
})

t.test('a count is worth less as it grows old', async (t) => {
  const aged = async (hours: number) => {
    await admin`update directory.capacity set as_of = now() - make_interval(hours => ${hours})`
    const { freshness, freshness_state } = await left()
    return [freshness, freshness_state]
  }
  t.same(await aged(23), [1, 'fresh'])
  t.same(await aged(48), [0.5, 'ageing'])
  t.same(await aged(73), [0, 'stale'])
  await count(3)
})

t.test('a place is held for a referral, and taken with its acceptance', async (t) => {
  const { id } = await scene.sent()
  const place = `/v1/referrals/${id}/place`
  const outsider = await scene.as(network.other.worker)
  t.equal((await outsider('POST', place, {})).status, 404)
  const held = await sender('POST', place, {})
  t.equal(held.status, 201, held.text)
  t.match(held.body, { referral: id, unit: 'bed' })
  const repeated = await worker('POST', place, {})
  t.same(repeated.body, held.body, 'the other side holds the same place, and no longer')
  t.match(await left(), { available: 3, held: 1, free: 2 })
  t.match((await intake('GET', '/v1/directory/holds?side=recipient')).body.items, [
    { referral: id },
  ])
  t.match((await sender('GET', '/v1/directory/holds?side=sender')).body.items, [{ referral: id }])
  t.same((await outsider('GET', '/v1/directory/holds?side=sender')).body.items, [])
  t.match((await scene.entries(id)).at(-1), {
    type: 'directory.hold.placed.v1',
    concerned: [network.recipient.id, network.sender.id],
  })
  await worker('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  const accepted = await worker('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  t.equal(accepted.status, 200, accepted.text)
  t.match(await left(), { available: 2, held: 0, free: 2 })
  t.match((await sender('POST', place, {})).body, { code: 'version_conflict', state: 'accepted' })
  const withdrawn = { version: 3, reason: 'survivor_changed_mind' }
  t.equal((await sender('POST', `/v1/referrals/${id}/withdraw`, withdrawn)).status, 200)
  t.match(await left(), { available: 3, held: 0, free: 3 }, 'given back')
  const causes = await intake('GET', '/v1/directory/capacity/history?limit=2')
  t.same(
    causes.body.items.map((item: { cause: string }) => item.cause),
    ['ended', 'accepted'],
  )
})

t.test('what is declined, given back or over in time is free again', async (t) => {
  await count(1)
  const { id: first } = await scene.sent()
  const { id: second } = await scene.sent()
  const hold = (id: string) => sender('POST', `/v1/referrals/${id}/place`, {})
  t.equal((await hold(first)).status, 201)
  t.match((await hold(second)).body, { code: 'no_free_place' })
  t.match((await sender('DELETE', `/v1/referrals/${first}/place`)).body, { released: true })
  t.match((await sender('DELETE', `/v1/referrals/${first}/place`)).body, { released: false })
  t.equal((await hold(second)).status, 201, 'given back')
  await age(second)
  t.match(await left(), { held: 0, free: 1 }, 'over, whether or not it is on the record')
  t.equal((await hold(first)).status, 201)
  await hub.fireTimers()
  t.match((await scene.entries(second)).at(-1), { type: 'directory.hold.expired.v1', actor: 'hub' })
  t.match(await left(), { held: 1, free: 0 })
  await worker('POST', `/v1/referrals/${first}/acknowledge`, { version: 1 })
  const declined = { version: 2, reason: 'no_capacity' }
  t.equal((await worker('POST', `/v1/referrals/${first}/decline`, declined)).status, 200)
  t.match(await left(), { available: 1, held: 0, free: 1 })
})

t.test(
  'an agency may accept more than it counted; what is held for others stays held',
  async (t) => {
    await count(1)
    const { id: promised } = await scene.sent()
    const { id: walkIn } = await scene.sent()
    t.equal((await sender('POST', `/v1/referrals/${promised}/place`, {})).status, 201)
    await worker('POST', `/v1/referrals/${walkIn}/acknowledge`, { version: 1 })
    t.equal((await worker('POST', `/v1/referrals/${walkIn}/accept`, { version: 2 })).status, 200)
    t.match(await left(), { available: 1, held: 1, free: 0 })
    await worker('POST', `/v1/referrals/${promised}/acknowledge`, { version: 1 })
    t.equal((await worker('POST', `/v1/referrals/${promised}/accept`, { version: 2 })).status, 200)
    t.match(await left(), { available: 0, held: 0, free: 0 })
  },
)

t.test('200 at once for ten beds: ten, and the next ten when their time is over', async (t) => {
  await admin`update directory.capacity set maximum = 10, available = 10, version = version + 1`
  const open = Array.from({ length: 210 }, () => newId())
  await admin`insert into referrals.referral ${admin(
    open.map((id) => ({
      id,
      case_id: newId(),
      kind: 'referral',
      purpose: 'shelter',
      service: shelter,
      sender: network.sender.id,
      recipient: network.recipient.id,
      urgency: 'urgent',
      state: 'sent',
      basis: 'consent',
      categories: ['identity'],
      minimum: ['identity'],
      age_band: 'unknown',
      languages: [],
      needs: [],
      sent_at: new Date(),
    })),
  )}`
  const at = async (ids: readonly string[]) => {
    const answers = await Promise.all(
      ids.map((id) => sender('POST', `/v1/referrals/${id}/place`, {})),
    )
    const tally: Record<string, number> = {}
    for (const { status } of answers) tally[status] = (tally[status] ?? 0) + 1
    return { tally, won: ids.filter((_id, index) => answers[index]?.status === 201) }
  }
  const { tally, won } = await at(open.slice(0, 200))
  t.same(tally, { 201: 10, 409: 190 })
  t.match(await left(), { available: 10, held: 10, free: 0 })
  for (const id of won) await age(id)
  t.match(await left(), { held: 0, free: 10 })
  t.same((await at(open.slice(200))).tally, { 201: 10 })
  await hub.fireTimers()
  const expired = await admin`
    select object from journal.entry
    where type = 'directory.hold.expired.v1' and object = any(${won}::uuid[])`
  t.equal(expired.length, 10)
  t.match(await left(), { available: 10, held: 10, free: 0 })
})

t.test('a place and its record are held together or not at all', async (t) => {
  await admin`update directory.hold set state = 'released' where state = 'held'`
  await count(10)
  const { id } = await scene.sent()
  await admin`alter table journal.entry add constraint sabotage check (type <> 'directory.hold.released.v1') not valid`
  await admin`alter table journal.answer add constraint sabotage check (route <> 'POST /v1/referrals/:id/place') not valid`
  const before = await left()
  t.equal((await sender('POST', `/v1/referrals/${id}/place`, {})).status, 500)
  t.equal((await left()).held, before.held)
  t.same(
    (await scene.entries(id)).filter((entry) => entry.type.includes('hold')),
    [],
  )
  await admin`alter table journal.answer drop constraint sabotage`
  t.equal((await sender('POST', `/v1/referrals/${id}/place`, {})).status, 201)
  t.equal((await sender('DELETE', `/v1/referrals/${id}/place`)).status, 500)
  t.equal((await left()).held, before.held + 1, 'still held')
  await admin`alter table journal.entry drop constraint sabotage`
})
