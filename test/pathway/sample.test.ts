// Goal: what the rules say, the database keeps: real cases live through the simulated year with the
// same gaps, opened and closed at the same instants, also when the clock stood still for weeks.
// Method: a sample's events go through the consumer and the published functions, in order of time.
import postgres from 'postgres'
import t from 'tap'
import { followReferrals } from '../../services/cases/consumers/follow-referrals.ts'
import { writeEntry } from '../../services/cases/entries.ts'
import { insertCase } from '../../services/cases/insert-case.ts'
import { newEntry } from '../../services/cases/new-entry.ts'
import { cases } from '../../services/cases/service.ts'
import { putStages, stageRow } from '../../services/cases/stage-setting.ts'
import { lookAtDueCases, withGaps } from '../../services/cases/watch-gaps.ts'
import { HUB } from '../../src/actor.ts'
import { connect } from '../../src/db.ts'
import { createNetwork } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { liveThrough, type Interval } from '../helpers/pathway-model.ts'
import {
  DAY,
  simulateYear,
  YEAR_END,
  YEAR_START,
  type PathwayEvent,
  type SimulatedCase,
} from '../helpers/pathway-year.ts'

const SAMPLE = 80
const sample = simulateYear(77, SAMPLE)
let now = YEAR_START
const hub = await startHub(t, { services: [cases], now: () => new Date(now) })
const { sender } = await createNetwork(hub)
const db = connect({ url: hub.database.urlOf('titian_cases'), connections: 4 })
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
t.teardown(() => Promise.all([db.end(), admin.end()]))
const contextAt = (at: number) => ({
  config: hub.config,
  keys: hub.keys,
  db,
  bus: undefined as never,
  log: undefined as never,
  now: () => new Date(at),
})
const worker = sender.worker
const ids = new Map<string, string>()
let position = 0

const record = async (caseId: string, event: PathwayEvent): Promise<void> => {
  const at = new Date(event.at)
  const ctx = contextAt(event.at)
  if (event.kind === 'referral') {
    position += 1
    const message = {
      position,
      entry: '',
      type: `referrals.referral.${event.verb}.v1` as 'referrals.referral.sent.v1',
      at: at.toISOString(),
      outcome: 'ok' as const,
      agency: sender.id,
      subject: caseId,
      object: event.referral,
      purpose: event.purpose,
      reason: null,
      data:
        event.contactDue === undefined
          ? { urgency: 'normal' }
          : { contact_due: new Date(event.contactDue).toISOString() },
    }
    await db.withActor(HUB, (tx) => followReferrals.handle(tx, message, ctx))
    return
  }
  const day = at.toISOString()
  await db.withActor(worker, (tx) =>
    withGaps(tx, caseId, at, async () => {
      if (event.kind === 'set') {
        const row = { state: event.state, ask_again_on: '2030-01-01' }
        await putStages(tx, [stageRow(caseId, event.stage, row, worker.id, at)])
        return
      }
      const attempt = { attempted_at: day, channel: 'phone' } as const
      const made =
        event.kind === 'failed_attempt' || event.kind === 'reached'
          ? newEntry(
              'contact_attempt',
              { ...attempt, outcome: event.kind === 'reached' ? 'reached' : 'no_answer' },
              at,
            )
          : event.kind === 'visited'
            ? newEntry('visit', { visited_on: day.slice(0, 10), outcome: 'well' }, at)
            : newEntry(
                'assessment',
                { assessed_on: day.slice(0, 10), method: 'interview', findings: { legal: {} } },
                at,
              )
      const kind =
        event.kind === 'visited'
          ? 'visit'
          : event.kind === 'assessed'
            ? 'assessment'
            : 'contact_attempt'
      await writeEntry(tx, ctx, worker, caseId, kind, { ...made, happenedAt: at })
    }),
  )
}

/** The hub is down for these days of the year: the clock does not run. */
const isDown = (day: number): boolean => day % 50 >= 30 && day % 50 < 40

const dayOf = (at: number): number => Math.floor((at - YEAR_START) / DAY)

/** What happens to one case on one day, in order. */
const liveDay = async (simulated: SimulatedCase, day: number): Promise<void> => {
  const events = simulated.events.filter(({ at }) => dayOf(at) === day)
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    if (event.kind !== 'opened') {
      await record(ids.get(simulated.id) ?? '', event)
      continue
    }
    const opening = { owner: sender.id, actor: worker, now: new Date(event.at) }
    const row = await db.withActor(worker, (tx) =>
      insertCase(tx, { age_band: 'from_25_to_39', district: '98.01' }, opening),
    )
    ids.set(simulated.id, row.id)
  }
}

const written = (intervals: readonly Interval[]): string[] =>
  intervals
    .map(({ key, openedAt, closedAt }) => `${key} ${openedAt} ${closedAt ?? 'open'}`)
    .toSorted()

t.test('a sample of the year in the database has the gaps that the rules say', async (t) => {
  const days = new Map<number, SimulatedCase[]>()
  for (const simulated of sample) {
    for (const day of new Set(simulated.events.map(({ at }) => dayOf(at)))) {
      days.set(day, [...(days.get(day) ?? []), simulated])
    }
  }
  for (let day = 0; day <= Math.max(...days.keys()); day += 1) {
    // The clock comes by once a day, when the hub is up; then each case lives its own day.
    now = YEAR_START + day * DAY
    if (!isDown(day)) await db.withActor(HUB, (tx) => lookAtDueCases(tx, new Date(now)))
    await Promise.all((days.get(day) ?? []).map((simulated) => liveDay(simulated, day)))
  }
  now = YEAR_END
  await db.withActor(HUB, (tx) => lookAtDueCases(tx, new Date(YEAR_END)))
  const rows = await admin<
    { case_id: string; key: string; opened: string; closed: string | null }[]
  >`
    select case_id, key, cases.ms(opened_at) as opened, cases.ms(closed_at) as closed from cases.gap`
  let gaps = 0
  for (const simulated of sample) {
    const id = ids.get(simulated.id)
    const found = rows
      .filter((row) => row.case_id === id)
      .map((row) => ({
        key: row.key,
        openedAt: Number(row.opened),
        closedAt: row.closed === null ? null : Number(row.closed),
      }))
    const wanted = written(liveThrough(simulated, YEAR_END))
    gaps += wanted.length
    t.same(written(found), wanted, simulated.fate)
  }
  t.ok(gaps > 30, `${gaps} gaps in ${SAMPLE} cases`)
  const [counted] = await admin<{ opened: number; closed: number; gaps: number; ended: number }[]>`
    select count(*) filter (where type = 'cases.gap.opened.v1')::int as opened,
      count(*) filter (where type = 'cases.gap.closed.v1')::int as closed,
      (select count(*)::int from cases.gap) as gaps,
      (select count(closed_at)::int from cases.gap) as ended
    from journal.entry`
  t.same([counted?.opened, counted?.closed], [counted?.gaps, counted?.ended], 'all on the record')
})
