import type { Urgency } from '../../src/contracts/codes.ts'
import type { Hours } from '../../src/contracts/directory.ts'
import type { Verb } from '../../src/contracts/lifecycle.ts'
import {
  CLOCKS,
  FOLLOW_UP_DAYS,
  MARK_PERCENT,
  type Clock,
  type ClockName,
  type Mark,
} from '../../src/contracts/timers.ts'
import { afterPause, dueOf, shareOf, spanOf, type AgreedTimers, type Schedule } from './clocks.ts'

/** One thing still to come: what, at which share of the span, when (RFC 3339). */
type Coming = readonly [mark: Mark, percent: number, at: string]

/** A running clock, as the referral keeps it. */
export interface Running {
  readonly clock: ClockName
  /** The version of the referral that the clock began with: no two clocks share it. */
  readonly round: number
  readonly marks: readonly Coming[]
  /** Null: it falls silent after its last mark. */
  readonly every_ms: number | null
}

/** A row for `journal.timer`. */
export interface TimerRow {
  readonly name: string
  readonly key: string
  readonly due: string
  readonly data: object
}

/** What a firing of `referrals.clock` carries. */
export interface Ringing {
  readonly clock: ClockName
  readonly round: number
  readonly urgency: Urgency
  readonly mark: Mark
  readonly percent: number
  readonly rest: readonly Coming[]
  readonly every_ms: number | null
}

/** What of the facts of a referral its clocks are set by. */
export interface ClockFacts {
  readonly id: string
  readonly version: number
  readonly urgency: Urgency
  readonly time_zone: string
  readonly hours: Hours
  readonly always_open: boolean
  readonly holidays: readonly string[] | null
  readonly timers: AgreedTimers | null
  readonly paused_at: string | null
  readonly decide_due: string | null
  readonly paused: Running | null
}

/** What a step does to the clocks. */
export interface ClockChange {
  /** Instants by the names under which the referral shows them. */
  readonly due: Readonly<Record<string, string>>
  readonly clock: Running | null
  readonly timers: readonly TimerRow[]
}

/** No clock of a referral that is being sent stands still. */
export const UNPAUSED = { paused: null, paused_at: null, decide_due: null } as const

const NOTHING: ClockChange = { due: {}, clock: null, timers: [] }
const DAY_MS = 86_400_000

export const scheduleOf = (facts: Omit<ClockFacts, 'id' | 'version' | 'urgency'>): Schedule => ({
  hours: facts.hours,
  timeZone: facts.time_zone,
  alwaysOpen: facts.always_open,
  holidays: facts.holidays ?? [],
})

/** Which clock a step starts; `answer` lets the recipient's go on. */
const STARTS: Partial<Record<Verb, ClockName>> = {
  send: 'acknowledge',
  acknowledge: 'decide',
  ask: 'answer',
  accept: 'contact',
  hand_over: 'start',
  start: 'review',
  resume: 'review',
  dispute: 'review',
  complete: 'feedback',
}

/** Under which name the referral shows when a clock runs out. */
const SHOWN_AS: Readonly<Record<ClockName, string>> = {
  acknowledge: 'acknowledge',
  decide: 'decide',
  answer: 'answer',
  contact: 'contact',
  start: 'start',
  review: 'review',
  hold: 'review',
  feedback: 'review',
}

/** The first mark of a running clock as a firing. */
export const firstFiring = (id: string, urgency: Urgency, running: Running): TimerRow[] => {
  const { clock, round, marks, every_ms } = running
  const [first, ...rest] = marks
  if (first === undefined) return []
  const [mark, percent, due] = first
  const data: Ringing = { clock, round, urgency, mark, percent, rest, every_ms }
  return [{ name: 'referrals.clock', key: `${id}/${round}/${percent}`, due, data }]
}

/** What comes after a firing: the next mark, or the last one again after another span. */
export const nextFiring = (id: string, ringing: Ringing, due: Date): TimerRow[] => {
  const { clock, round, urgency, rest, every_ms, mark, percent } = ringing
  const again: readonly Coming[] =
    every_ms === null
      ? []
      : [[mark, percent + 100, new Date(due.getTime() + every_ms).toISOString()]]
  const marks = rest.length > 0 ? rest : again
  return firstFiring(id, urgency, { clock, round, marks, every_ms })
}

const run = (
  clock: ClockName,
  facts: ClockFacts,
  from: Date,
  due: Date,
  kind: Parameters<typeof shareOf>[3],
): Running => {
  const rule: Clock = CLOCKS[clock]
  const isEmergency = facts.urgency === 'emergency'
  const shares = { ...MARK_PERCENT, ...facts.timers?.marks }
  const marks = rule.marks
    .filter((mark) => mark !== 'expire' || !isEmergency)
    .map((mark): Coming => {
      const at = shareOf(shares[mark], { from, due }, scheduleOf(facts), kind)
      return [mark, shares[mark], at.toISOString()]
    })
  const isRepeated = rule.repeats === true || (isEmergency && rule.expireReason !== undefined)
  const every_ms = isRepeated ? due.getTime() - from.getTime() : null
  return { clock, round: facts.version + 1, marks, every_ms }
}

const begin = (facts: ClockFacts, running: Running, due: Date): ClockChange => ({
  due: { [SHOWN_AS[running.clock]]: due.toISOString() },
  clock: running,
  timers: firstFiring(facts.id, facts.urgency, running),
})

/** What was still to come of a clock that stopped: a repeated one goes on from round to round. */
const comingAfter = ({ marks, every_ms }: Running, from: Date): readonly Coming[] => {
  const left = marks.filter(([, , at]) => new Date(at) > from)
  const last = marks.at(-1)
  if (left.length > 0 || every_ms === null || last === undefined) return left
  const [mark, percent, at] = last
  const lastMs = Date.parse(at)
  const rounds = Math.floor((from.getTime() - lastMs) / every_ms) + 1
  return [[mark, percent + 100 * rounds, new Date(lastMs + rounds * every_ms).toISOString()]]
}

/** The recipient's clock goes on with as much working time as it had when the sender was asked. */
const goOn = (facts: ClockFacts, paused: Running, now: Date): ClockChange => {
  const from = new Date(facts.paused_at ?? now)
  const { kind } = spanOf(CLOCKS[paused.clock].timer, facts.urgency, facts.timers ?? {})
  const shift = (at: string): Date =>
    afterPause(kind, scheduleOf(facts), { due: new Date(at), from, to: now })
  const marks = comingAfter(paused, from).map(([mark, percent, at]): Coming => [
    mark,
    percent,
    shift(at).toISOString(),
  ])
  const running = { ...paused, round: facts.version + 1, marks }
  return begin(facts, running, shift(facts.decide_due ?? now.toISOString()))
}

const followUps = (facts: ClockFacts, now: Date): TimerRow[] =>
  (facts.timers?.follow_up ?? FOLLOW_UP_DAYS).map((day) => ({
    name: 'referrals.follow_up',
    key: `${facts.id}/${day}`,
    due: new Date(now.getTime() + day * DAY_MS).toISOString(),
    data: { day },
  }))

/** What a step does to the clocks of a referral; a clock that ran before falls silent. */
export const clocksAfter = (
  facts: ClockFacts,
  verb: Verb,
  now: Date,
  reviewAt?: string,
): ClockChange => {
  if (verb === 'hold' && reviewAt !== undefined) {
    const due = new Date(reviewAt)
    return begin(facts, run('hold', facts, now, due, 'calendar_hours'), due)
  }
  if (verb === 'answer' && facts.paused !== null) return goOn(facts, facts.paused, now)
  if (verb === 'close') return { ...NOTHING, timers: followUps(facts, now) }
  const clock = STARTS[verb]
  if (clock === undefined) return NOTHING
  const { timer } = CLOCKS[clock]
  const agreed = facts.timers ?? {}
  const due = dueOf(timer, facts.urgency, scheduleOf(facts), now, agreed)
  const { kind } = spanOf(timer, facts.urgency, agreed)
  return begin(facts, run(clock, facts, now, due, kind), due)
}
