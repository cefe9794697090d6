// Goal: the list says who can take this, why, and nothing of whom the case must not be sent to.
// Method: a hub with real hand-offs behind it; the same question before and after each change.
import fc from 'fast-check'
import t from 'tap'
import { audit } from '../../services/audit/service.ts'
import { isOpenAt } from '../../services/directory/hours.ts'
import { directory } from '../../services/directory/service.ts'
import { WEEKDAYS } from '../../src/contracts/directory.ts'
import type { Match } from '../../src/contracts/matching.ts'
import { newId } from '../../src/id.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createScene(t, [directory, audit])
const { network, admin } = scene
const MATCHES = '/v1/directory/matches'
const shelter = network.recipient.service('shelter')
const worker = await scene.as(network.sender.worker)

const ask = async (question: object): Promise<Match[]> => {
  const answer = await worker('POST', MATCHES, { stage: 'shelter', ...question })
  t.equal(answer.status, 200, answer.text)
  return answer.body.items
}
const names = (items: readonly Match[]): string[] => items.map((item) => item.service.name_en)
const reasonOf = (item: Match | undefined, criterion: string) =>
  item?.reasons.find((reason) => reason.criterion === criterion)

/** A shelter of the other agency that differs from the recipient's as told. */
const addShelter = async (name: string, facts: object): Promise<string> => {
  const id = newId()
  const [like] = await admin`select * from directory.service where id = ${shelter}`
  const row = { ...like, id, agency: network.other.id, name_id: name, name_en: name, ...facts }
  await admin`insert into directory.service ${admin(row)}`
  return id
}

const near = await addShelter('Near', { areas: ['98.01'], needs: ['female_staff', 'pregnancy'] })
await addShelter('Province', { areas: ['98'], needs: ['female_staff'], languages: ['id', 'en'] })
await addShelter('Elsewhere', { areas: ['97'] })
await addShelter('Boys', { areas: ['98.01'], genders: ['Masculine'] })
await addShelter('Closed down', { areas: ['98.01'], active: false })
const QUESTION = {
  area: '98.01',
  urgency: 'urgent',
  needs: ['female_staff', 'pregnancy'],
  languages: ['id', 'en'],
  age_band: 'from_25_to_39',
  gender: 'Feminine',
}

t.test('the likeliest first, with reasons that add up', async (t) => {
  const found = await ask(QUESTION)
  t.same(names(found), ['Near', 'Province', 'shelter'])
  for (const item of found) {
    const sum = item.reasons.reduce((total, reason) => total + reason.points, 0)
    t.equal(sum, item.score)
    t.ok(item.score <= item.of && item.of <= 100)
    t.ok(item.reasons.every((reason) => reason.text.id !== '' && reason.text.en !== ''))
  }
  const [first, second, third] = found
  t.match(reasonOf(first, 'area'), { points: 25, of: 25 })
  t.match(reasonOf(second, 'needs'), {
    points: 12,
    text: { en: 'There: female staff. Not stated: pregnancy.' },
  })
  t.match(reasonOf(first, 'languages'), { points: 8 })
  t.match(reasonOf(third, 'area'), { points: 5, text: { en: 'Serves the whole country.' } })
  t.match(reasonOf(third, 'needs'), { points: 0 })
  t.same(reasonOf((await ask({ area: '98.01' }))[0], 'needs'), undefined, 'not asked, no reason')
  t.same(names(await ask({ ...QUESTION, urgency: 'emergency', area: '97.01' })), [
    'Elsewhere',
    'shelter',
  ])
})

t.test('free places move a service up, full ones down, old counts hardly', async (t) => {
  const count = (available: number, hoursAgo: number) => admin`
    insert into directory.capacity (service, agency, unit, maximum, available, as_of)
    values (${near}, ${network.other.id}, 'bed', 5, ${available}, now() - make_interval(hours => ${hoursAgo}))
    on conflict (service, unit) do update set available = excluded.available, as_of = excluded.as_of`
  const points = async () => {
    const item = (await ask(QUESTION)).find((match) => match.service.id === near)
    return [reasonOf(item, 'capacity')?.points, item?.capacity[0]?.free]
  }
  t.same(await points(), [7, undefined], 'not counted')
  await count(2, 1)
  t.same(await points(), [15, 2])
  await count(2, 48)
  t.same(await points(), [11, 2])
  await count(0, 48)
  t.same(await points(), [4, 0])
  await count(0, 1)
  t.same(await points(), [0, 0])
  await count(0, 24 * 30)
  t.same(await points(), [7, 0])
})

t.test('an agency on the do-not-send list is left out as if it did not match', async (t) => {
  const caseId = await scene.openCase()
  const open = await worker('POST', MATCHES, { stage: 'shelter', ...QUESTION, case: caseId })
  t.same(names(open.body.items), ['Near', 'Province', 'shelter'])
  await worker('PUT', `/v1/cases/${caseId}/do-not-send/${network.other.id}`, {})
  const blocked = await worker('POST', MATCHES, { stage: 'shelter', ...QUESTION, case: caseId })
  await admin`update directory.service set active = false where agency = ${network.other.id}`
  const unmatched = await worker('POST', MATCHES, { stage: 'shelter', ...QUESTION })
  await admin`
    update directory.service set active = true
    where agency = ${network.other.id} and name_id <> 'Closed down'`
  t.same(names(blocked.body.items), ['shelter'])
  t.same(blocked.body, unmatched.body, 'byte for byte what is answered when it does not match')
  const stranger = await scene.as(network.recipient.worker)
  const answers = await Promise.all(
    [caseId, newId()].map((id) => stranger('POST', MATCHES, { stage: 'shelter', case: id })),
  )
  for (const answer of answers) t.equal(answer.status, 404)
  t.same(
    { ...answers[0]?.body, instance: '' },
    { ...answers[1]?.body, instance: '' },
    'a foreign case is as none',
  )
  const reviewer = await scene.as(network.sender.reviewer)
  t.equal((await reviewer('POST', MATCHES, { stage: 'shelter', case: caseId })).status, 403)
  t.equal((await reviewer('POST', MATCHES, { stage: 'shelter' })).status, 200)
})

t.test('how an agency answers is heard from its referrals', async (t) => {
  const recipient = await scene.as(network.recipient.worker)
  const record = async () =>
    (await ask(QUESTION)).find((item) => item.service.id === shelter)?.response
  t.same(await record(), { asked: 0, answered: 0, in_time: 0 })
  const before = reasonOf((await ask(QUESTION)).at(-1), 'response')
  t.match(before, { points: 6, text: { en: 'Not asked so far.' } })
  const { id: answered } = await scene.sent()
  await recipient('POST', `/v1/referrals/${answered}/acknowledge`, { version: 1 })
  await recipient('POST', `/v1/referrals/${answered}/decline`, {
    version: 2,
    reason: 'no_capacity',
  })
  const { id: takenBack } = await scene.sent()
  const withdrawn = { version: 1, reason: 'survivor_changed_mind' }
  await worker('POST', `/v1/referrals/${takenBack}/withdraw`, withdrawn)
  await scene.sent()
  const wanted = { asked: 2, answered: 1, in_time: 1 }
  await until(async () => JSON.stringify(await record()) === JSON.stringify(wanted), {
    what: 'the record of answers',
  })
  t.match(reasonOf((await ask(QUESTION)).at(-1), 'response')?.text, {
    en: 'Answered 1 of 2 in six months, 1 in time.',
  })
  const own = await (
    await scene.as(network.recipient.worker)
  )('POST', MATCHES, {
    stage: 'shelter',
  })
  t.notOk(own.body.items.some((item: Match) => item.service.agency === network.recipient.id))
})

t.test('events in any order, and twice, count once', async (t) => {
  const hear = (referral: string, step: string, at: string) => admin`
    select directory.hear_referral(${referral}, ${step}, ${at}, ${shelter}, 'emergency')`
  const total = async () => {
    const [row] = await admin`
      select sum(asked)::int as asked, sum(answered)::int as answered, sum(in_time)::int as in_time,
        sum(excused)::int as excused
      from directory.response_month where agency = ${network.recipient.id}`
    return row as Record<string, number>
  }
  const before = await total()
  const [sent, soon, late] = ['10:00', '10:30', '12:00'].map((time) => `2026-11-02T${time}:00Z`)
  const steps = [
    ['sent', sent],
    ['answered', late],
    ['answered', soon],
    ['excused', late],
  ] as [string, string][]
  const orders = [steps, steps.toReversed(), [...steps, ...steps]]
  for (const order of orders) {
    const id = newId()
    for (const [step, at] of order) await hear(id, step, at)
  }
  const after = await total()
  t.same(
    Object.keys(after).map((key) => (after[key] ?? 0) - (before[key] ?? 0)),
    [3, 3, 3, 0],
  )
})

t.test('pages follow one another without a hole or a repetition', async (t) => {
  const all = await ask({ limit: 50 })
  const seen: string[] = []
  let after: string | null | undefined
  while (after !== null) {
    const page = { stage: 'shelter', limit: 2, ...(after === undefined ? {} : { after }) }
    const { body } = await worker('POST', MATCHES, page)
    seen.push(...body.items.map((item: Match) => item.service.id))
    after = body.next
  }
  t.same(
    seen,
    all.map((item) => item.service.id),
  )
})

t.test('nothing personal can be asked, and nothing odd ends in a failure', async (t) => {
  const odd = [
    {},
    { stage: 'shelter', name: 'Melur' },
    { stage: 'shelter', area: '98.01\u0000' },
    { stage: 'shelter', needs: Array.from({ length: 100 }, () => 'pregnancy') },
    { stage: 'shelter', languages: ['x'.repeat(1000)] },
    { stage: 'shelter', languages: ["i'"] },
    { stage: 'shelter', limit: 1e9 },
    { stage: 'shelter', limit: -1 },
    { stage: 'shelter', case: 'x' },
    { stage: 'shelter', after: 'bm9uc2Vuc2U' },
    { stage: 'shelter', after: Buffer.from('[1,"\\u0000","x"]').toString('base64url') },
    { stage: 'shelter', after: Buffer.from('[1e99,"a","x"]').toString('base64url') },
  ]
  for (const body of odd) {
    t.equal((await worker('POST', MATCHES, body)).status, 400, JSON.stringify(body).slice(0, 80))
  }
  t.equal((await worker('GET', `${MATCHES}?stage=shelter&area=98.01`)).status, 404)
})

t.test('the database and the hub agree on when an agency is open', async (t) => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '30', '59'))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`)
  const range = fc
    .tuple(time, fc.oneof(time, fc.constant('24:00')))
    .map(([open, close]) => ({ open, close }))
  const week = fc.dictionary(fc.constantFrom(...WEEKDAYS), fc.array(range, { maxLength: 3 }))
  const cases = fc.sample(
    fc.record({
      hours: week,
      time_zone: fc.constantFrom('Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura', 'Europe/Berlin'),
      instant: fc.date({
        min: new Date('2026-11-01'),
        max: new Date('2026-11-30'),
        noInvalidDate: true,
      }),
      holidays: fc
        .subarray(['2026-11-04', '2026-11-11', '2026-11-18', '2026-11-25'])
        .map((days) => days.map((day) => ({ day, name: 'Libur' }))),
    }),
    { numRuns: 300, seed: 7 },
  )
  const rows = await admin`
    select directory.is_open(c -> 'hours', c -> 'holidays', c ->> 'time_zone', (c ->> 'instant')::timestamptz) as open
    from jsonb_array_elements(${admin.json(cases)}) with ordinality as x (c, n) order by n`
  const wanted = cases.map((agency) => isOpenAt(agency, agency.instant))
  t.same(
    rows.map((row) => row['open']),
    wanted,
  )
  t.ok(new Set(wanted).size === 2, 'both happen')
})
