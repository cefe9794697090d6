// Goal: supervisors and the task force see how the network goes, a finished quarter at a time, and no
// small count; what happens later changes nothing that was shown.
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { newId } from '../../src/id.ts'
import { callAs, createNetwork, personOf } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 10)
let clock = Date.UTC(2026, 3, 20)
const hub = await startHub(t, { services: [cases], now: () => new Date(clock) })
const { sender, recipient, other, administrator } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.supervisor)

const at = (days: number): Date => new Date(START + days * DAY)
let made = 0

/** A case with one referral, sent in the first quarter. */
const addCase = async (fact: object): Promise<string> => {
  const id = newId()
  made += 1
  await admin`insert into cases.case_record ${admin({
    id,
    reference: `TEST-${made}`,
    owner: sender.id,
    age_band: 'from_25_to_39',
    opened_by: 'test',
  })}`
  await admin`insert into cases.referral_fact ${admin({
    referral: newId(),
    case_id: id,
    purpose: 'shelter',
    recipient: recipient.id,
    progress: 'referred',
    position: 1,
    sent_at: at(0),
    ...fact,
  })}`
  return id
}
const many = async (count: number, fact: object): Promise<string[]> => {
  const ids: string[] = []
  for (let n = 0; n < count; n += 1) ids.push(await addCase(fact))
  return ids
}
const declined = (end_reason: string) => ({
  acknowledged_at: at(0.5),
  ended_at: at(2),
  end_state: 'declined',
  end_reason,
})

const served = await many(24, {
  acknowledged_at: at(0.5),
  accepted_at: at(2),
  handed_over_at: at(5),
  completed_at: at(20),
})
await many(14, declined('no_capacity'))
await many(12, declined('outside_area'))
const [rare = ''] = await many(4, declined('conflict_of_interest'))
await many(11, { recipient: other.id, purpose: 'legal' })
await many(3, { recipient: newId(), purpose: 'health' })
await many(15, { sent_at: at(100), purpose: 'economic' })
for (const [index, caseId] of served.entries()) {
  await admin`insert into cases.gap ${admin({
    case_id: caseId,
    owner: sender.id,
    key: 'no_assessment/assessment',
    rule: 'no_assessment',
    severity: 'medium',
    area: index < 20 ? '31' : '98',
    opened_at: at(14),
  })}`
}

const view = async (query = '?period=2026-Q1') =>
  (await call('GET', `/v1/network-view${query}`)).body
interface Row {
  readonly key: string
  readonly counts: readonly (number | null)[]
  readonly total: number | null
}
interface Table {
  readonly name: string
  readonly rows: readonly Row[]
  readonly columns: readonly string[]
  readonly total: number | null
}
const tableOf = (body: { tables: Table[] }, name: string): Table =>
  body.tables.find((table) => table.name === name) as Table
const rowOf = (table: Table, key: string): Row | undefined =>
  table.rows.find((row) => row.key === key)

t.test(
  'counts of a finished quarter; small ones, and what would give them away, are hidden',
  async (t) => {
    const body = await view()
    t.equal(body.k, 10)
    const reasons = tableOf(body, 'declined')
    t.same(rowOf(reasons, 'no_capacity')?.counts, [14])
    t.same(rowOf(reasons, 'conflict_of_interest')?.counts, [null], 'under k')
    t.same(rowOf(reasons, 'outside_area')?.counts, [null], 'the smallest beside it')
    t.same(rowOf(reasons, 'duplicate')?.counts, [0])
    t.equal(reasons.total, 30)
    const steps = tableOf(body, 'steps')
    t.same(rowOf(steps, 'accept')?.counts, [0, 24, 0, 0, 0, 44])
    t.same(rowOf(steps, 'acknowledge')?.counts, [54, 0, 0, 0, 0, 14])
    t.match(body.times, [
      { step: 'acknowledge', median_hours: 12 },
      { step: 'accept', median_hours: 48, p90_hours: 48 },
      { step: 'hand_over', median_hours: 120 },
    ])
    const stages = tableOf(body, 'stages')
    t.same(rowOf(stages, 'economic')?.counts, [0, 0, 0, 0, 0], 'the next quarter`s')
    t.same(rowOf(stages, 'shelter')?.counts[3], 24)
    t.same(rowOf(stages, 'health')?.counts[0], null)
    t.same(
      tableOf(body, 'gaps').rows.map((row) => row.key),
      ['31', 'other'],
      'a province with four is not named',
    )
    t.same(tableOf(body, 'gaps').rows[1]?.total, null)
    t.same(body.silent, [other.id])
    t.same(
      tableOf(body, 'agencies').rows.map((row) => row.key),
      [recipient.id, other.id].toSorted().concat('other'),
    )
  },
)

t.test('what happens later changes nothing; no other period can be laid beside it', async (t) => {
  const before = await view()
  await admin`update cases.referral_fact set acknowledged_at = ${at(95)}, accepted_at = ${at(96)},
    completed_at = ${at(97)} where recipient = ${other.id}`
  await admin`update cases.gap set closed_at = ${at(96)}`
  await admin`update cases.case_record set district = '32.04' where id = ${rare}`
  t.same(await view(), before)
  t.equal((await view('')).period, '2026-Q1', 'the last one that is over')
  for (const period of ['2026-Q2', '2027-Q1']) {
    const { status, body } = await call('GET', `/v1/network-view?period=${period}`)
    t.same([status, body.code], [409, 'period_not_over'], period)
  }
  for (const period of ['2026-01', '2026-Q5', '2026']) {
    t.equal((await call('GET', `/v1/network-view?period=${period}`)).status, 400, period)
  }
  clock = Date.UTC(2026, 2, 31, 18)
  t.equal((await call('GET', '/v1/network-view?period=2026-Q1')).status, 409, 'not settled yet')
  t.equal((await view('')).period, '2025-Q4')
  t.equal(tableOf(await view(''), 'steps').total, 0)
  clock = Date.UTC(2026, 3, 20)
})

t.test('as CSV, for those who may see it', async (t) => {
  const csv = await call('GET', '/v1/network-view?period=2026-Q1&format=csv')
  t.match(csv.headers.get('content-type'), 'text/csv')
  t.match(csv.headers.get('content-disposition'), 'network-2026-Q1.csv')
  const lines = csv.text.split('\r\n')
  t.equal(lines[0], 'table,row,column,cases_2026-Q1')
  for (const line of ['declined,no_capacity,cases,14', 'declined,conflict_of_interest,cases,*']) {
    t.ok(lines.includes(line), line)
  }
  const who = [
    [administrator, 200],
    [personOf(null, 'oversight_reviewer'), 200],
    [recipient.supervisor, 200],
    [recipient.worker, 403],
    [recipient.reviewer, 403],
    [recipient.system, 403],
  ] as const
  for (const [actor, status] of who) {
    const asked = await callAs(hub, actor)
    t.equal((await asked('GET', '/v1/network-view')).status, status, actor.roles.join())
  }
})
