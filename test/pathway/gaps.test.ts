// Goal: time opens gaps and doing the thing closes them; the list to work from is the owner's alone; the
// rules are data.
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { callAs, createNetwork } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'

const DAY = 86_400_000
let clock = Date.UTC(2026, 2, 2, 3)
const hub = await startHub(t, { services: [cases], now: () => new Date(clock) })
const { sender, recipient, administrator } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.worker)
const colleague = await callAs(hub, sender.supervisor)
const foreign = await callAs(hub, recipient.worker)
const keeper = await callAs(hub, administrator)

const day = (days: number): string => new Date(clock + days * DAY).toISOString().slice(0, 10)
const pass = async (days: number): Promise<void> => {
  clock += days * DAY
  await hub.fireTimers()
}
const open = async (more: object = {}): Promise<string> =>
  (await call('POST', '/v1/cases', { age_band: 'from_25_to_39', district: '98.01', ...more })).body
    .id
const rulesOf = async (id: string): Promise<string[]> =>
  (await call('GET', `/v1/cases/${id}/pathway`)).body.gaps.map((gap: { rule: string }) => gap.rule)
const fieldsOf = (body: { errors: { field: string }[] }): string[] =>
  body.errors.map((error) => error.field)

const ASSESSMENT = { assessed_on: day(0), method: 'interview', findings: { legal: {} } }

t.test('time opens gaps, doing the thing closes them, each on the record', async (t) => {
  const id = await open({ stages: [{ stage: 'shelter', state: 'needed' }] })
  t.same(await rulesOf(id), [])
  await pass(7)
  t.same(await rulesOf(id), ['need_unassigned'])
  await pass(7)
  t.same((await rulesOf(id)).toSorted(), ['need_unassigned', 'no_assessment'])
  t.equal((await call('POST', `/v1/cases/${id}/assessments`, { ...ASSESSMENT })).status, 201)
  t.same(await rulesOf(id), ['need_unassigned'])
  const again = { state: 'needed' }
  await call('PUT', `/v1/cases/${id}/stages/shelter`, again)
  t.same(await rulesOf(id), ['need_unassigned'], 'saying it again does not make it younger')
  const declined = { state: 'survivor_declined', ask_again_on: day(30) }
  await call('PUT', `/v1/cases/${id}/stages/shelter`, declined)
  t.same(await rulesOf(id), [])
  const failed = {
    attempted_at: new Date(clock).toISOString(),
    channel: 'phone',
    outcome: 'no_answer',
  }
  for (let n = 0; n < 3; n += 1) await call('POST', `/v1/cases/${id}/contact-attempts`, failed)
  t.same(await rulesOf(id), ['reached_nobody'])
  clock += 1000
  await call('POST', `/v1/cases/${id}/visits`, { visited_on: day(0), outcome: 'well' })
  t.same(await rulesOf(id), [])
  const told = await admin`
    select type, reason, agency, actor, concerned, data ->> 'severity' as severity from journal.entry
    where object = ${id} and type like 'cases.gap.%' order by seq`
  t.same(
    told.map(({ type, reason }) => `${type.split('.')[2]} ${reason}`),
    [
      'opened need_unassigned',
      'opened no_assessment',
      'closed no_assessment',
      'closed need_unassigned',
      'opened reached_nobody',
      'closed reached_nobody',
    ],
  )
  t.ok(told.every((row) => row['actor'] === 'hub' && row['concerned'][0] === sender.id))
})

t.test('the worklist is paged by severity, mine or ours, and nobody else`s', async (t) => {
  const before = (await call('GET', '/v1/gaps')).body.open
  const needed = { stages: [{ stage: 'health', state: 'needed' }] }
  for (let n = 0; n < 3; n += 1) await open(needed)
  const graver = await open()
  await pass(8)
  const failed = {
    attempted_at: new Date(clock).toISOString(),
    channel: 'phone',
    outcome: 'no_answer',
  }
  for (let n = 0; n < 3; n += 1) await call('POST', `/v1/cases/${graver}/contact-attempts`, failed)
  const seen: string[] = []
  const severities: string[] = []
  for (let after = ''; ;) {
    const { body, status, text } = await call('GET', `/v1/gaps?limit=2${after}`)
    t.equal(status, 200, text)
    seen.push(...body.items.map((gap: { id: string }) => gap.id))
    severities.push(...body.items.map((gap: { severity: string }) => gap.severity))
    t.equal(body.open.high, before.high + 1)
    if (body.next === null) break
    after = `&after=${body.next}`
  }
  t.equal(new Set(seen).size, seen.length, 'none twice')
  t.equal(severities[0], 'high')
  t.same(
    severities,
    severities.toSorted((a, b) => (a === b ? 0 : a === 'high' ? -1 : 1)),
  )
  const [gap] = (await call('GET', '/v1/gaps?stage=health&rule=need_unassigned')).body.items
  t.match(gap.sentence, { id: /rehabilitasi kesehatan diperlukan/, en: /health care is needed/ })
  t.same(
    gap.actions.map((each: { action: string; href: string }) => [each.action, each.href]),
    [
      ['find_service', '/v1/directory/services?stage=health'],
      ['record_decline', `/v1/cases/${gap.case}/stages/health`],
    ],
  )
  t.equal((await colleague('GET', '/v1/gaps?mine=true')).body.items.length, 0)
  t.equal((await colleague('PUT', `/v1/cases/${graver}/manager`)).status, 200)
  t.equal((await colleague('GET', '/v1/gaps?mine=true')).body.items.length, 1)
  t.same((await foreign('GET', '/v1/gaps')).body, {
    items: [],
    next: null,
    open: { high: 0, medium: 0, low: 0 },
  })
  t.equal((await keeper('GET', '/v1/gaps')).status, 403)
  const bad = await call(
    'GET',
    `/v1/gaps?after=${Buffer.from('[1,"x","y"]').toString('base64url')}`,
  )
  t.equal(bad.status, 400)
})

t.test('the rules are data of the hub: set, followed, and set back', async (t) => {
  const id = await open({ stages: [{ stage: 'legal', state: 'needed' }] })
  await pass(3)
  t.same(await rulesOf(id), [])
  const path = '/v1/gap-rules/need_unassigned'
  const body = { amounts: [2], severity: 'high', is_on: true, version: 1 }
  t.equal((await call('PUT', path, body)).status, 403)
  t.equal((await keeper('PUT', path, { ...body, amounts: [1, 2] })).status, 400)
  t.match((await keeper('PUT', path, body)).body, { version: 2, amounts: [2] })
  t.match((await keeper('PUT', path, body)).body, { code: 'version_conflict', version: 2 })
  await pass(0.1)
  t.same(await rulesOf(id), ['need_unassigned'])
  t.equal((await call('GET', `/v1/cases/${id}/pathway`)).body.gaps[0].severity, 'high')
  await keeper('PUT', path, { ...body, is_on: false, version: 2 })
  await pass(0.1)
  t.same(await rulesOf(id), [])
  t.equal((await call('GET', '/v1/gap-rules')).body.items.length, 7)
  await keeper('PUT', path, { amounts: [7], severity: 'medium', is_on: true, version: 3 })
})

t.test(
  'a case closes when its pathway is finished; checks follow, but never after a death',
  async (t) => {
    const id = await open({ stages: [{ stage: 'legal', state: 'needed' }] })
    const close = (body: object, of = id) => call('PUT', `/v1/cases/${of}/status`, body)
    t.same(fieldsOf((await close({ status: 'closed', version: 1 })).body), ['reason'])
    t.match((await close({ status: 'closed', reason: 'goals_met', version: 1 })).body, {
      code: 'pathway_unfinished',
      stages: ['legal'],
    })
    await call('POST', `/v1/cases/${id}/assessments`, ASSESSMENT)
    await call('PUT', `/v1/cases/${id}/stages/legal`, {
      state: 'not_needed',
      reason: 'met_elsewhere',
    })
    t.match((await close({ status: 'closed', reason: 'goals_met', version: 1 })).body, {
      status: 'closed',
    })
    t.match((await close({ status: 'closed', reason: 'goals_met', version: 2 })).body, {
      code: 'version_conflict',
    })
    t.same(
      (await call('GET', `/v1/cases/${id}/pathway`)).body.monitoring.map(
        (check: { days: number }) => check.days,
      ),
      [30, 90, 180],
    )
    await pass(31)
    t.same(await rulesOf(id), ['monitoring_overdue'])
    await call('POST', `/v1/cases/${id}/visits`, {
      visited_on: day(0),
      outcome: 'well',
      note: 'x',
    })
    t.same(await rulesOf(id), [])
    t.match((await call('GET', `/v1/cases/${id}/pathway`)).body.monitoring[0], { done: true })
    const dead = await open({ stages: [{ stage: 'legal', state: 'needed' }] })
    t.equal((await close({ status: 'closed', reason: 'deceased', version: 1 }, dead)).status, 200)
    await pass(200)
    t.same(await rulesOf(dead), [])
    t.same(await rulesOf(id), ['monitoring_overdue'])
    t.equal((await close({ status: 'open', version: 2 })).status, 200)
  },
)
