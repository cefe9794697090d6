import { DateTime } from 'luxon'
import type { Urgency } from '../../src/contracts/codes.ts'
import { WEEKDAYS, type Hours } from '../../src/contracts/directory.ts'
import type { Verb } from '../../src/contracts/lifecycle.ts'
import { TIMERS, type Span, type Timer } from '../../src/contracts/timers.ts'

/** When a recipient works: local opening hours in an IANA zone, or always. */
export interface Schedule {
  readonly hours: Hours
  readonly timeZone: string
  readonly alwaysOpen: boolean
}

const HOUR_MS = 3_600_000

interface Interval {
  readonly from: DateTime
  readonly to: DateTime
}

const atLocal = (day: DateTime, clock: string): DateTime => {
  const [hour = 0, minute = 0] = clock.split(':').map(Number)
  return hour === 24 ? day.plus({ days: 1 }).startOf('day') : day.set({ hour, minute })
}

/** The open intervals of the local day that `day` lies in, in order. */
const openOn = (day: DateTime, hours: Hours): Interval[] => {
  const start = day.startOf('day')
  const ranges = hours[WEEKDAYS[day.weekday - 1] ?? 'mon'] ?? []
  return ranges.map((range) => ({
    from: atLocal(start, range.open),
    to: atLocal(start, range.close),
  }))
}

const isNeverOpen = (hours: Hours): boolean =>
  WEEKDAYS.every((weekday) => (hours[weekday] ?? []).length === 0)

/** Every open interval from the local day of `from` on, without end. `hours` MUST open sometimes. */
function* openFrom(from: DateTime, hours: Hours): Generator<Interval> {
  for (let day = 0; ; day += 1) yield* openOn(from.startOf('day').plus({ days: day }), hours)
}

/** When so much open time has passed since `from`. */
const afterOpenTime = (from: DateTime, hours: Hours, amountMs: number): DateTime => {
  let leftMs = amountMs
  for (const { from: opens, to: closes } of openFrom(from, hours)) {
    const begin = DateTime.max(opens, from)
    const openMs = closes.toMillis() - begin.toMillis()
    if (openMs <= 0) continue
    if (openMs >= leftMs) return begin.plus(leftMs)
    leftMs -= openMs
  }
  return from
}

/** How much open time lies between two instants. */
const openTimeMs = (from: DateTime, to: DateTime, hours: Hours): number => {
  let sumMs = 0
  for (const { from: opens, to: closes } of openFrom(from, hours)) {
    if (opens >= to) break
    const ms = DateTime.min(closes, to).toMillis() - DateTime.max(opens, from).toMillis()
    sumMs += Math.max(ms, 0)
  }
  return sumMs
}

/** Closing time of the n-th open day after the local day of `from`. */
const afterOpenDays = (from: DateTime, hours: Hours, amount: number): DateTime => {
  let left = amount
  for (let day = 1; left > 0; day += 1) {
    const last = openOn(from.startOf('day').plus({ days: day }), hours).at(-1)
    if (last === undefined) continue
    left -= 1
    if (left === 0) return last.to
  }
  return from
}

/** When a span that begins at `from` has passed. Never open: the span passes by the calendar. */
export const endOf = (span: Span, schedule: Schedule, from: Date): Date => {
  const local = DateTime.fromJSDate(from, { zone: schedule.timeZone })
  if (span.kind === 'calendar_hours') return local.plus({ hours: span.hours }).toJSDate()
  if (schedule.alwaysOpen || isNeverOpen(schedule.hours)) {
    const calendar = span.kind === 'open_hours' ? { hours: span.hours } : { days: span.days }
    return local.plus(calendar).toJSDate()
  }
  const end =
    span.kind === 'open_hours'
      ? afterOpenTime(local, schedule.hours, span.hours * HOUR_MS)
      : afterOpenDays(local, schedule.hours, span.days)
  return end.toJSDate()
}

export const dueOf = (timer: Timer, urgency: Urgency, schedule: Schedule, from: Date): Date =>
  endOf(TIMERS[timer][urgency], schedule, from)

export interface Pause {
  /** When the clock would have run out. */
  readonly due: Date
  readonly from: Date
  readonly to: Date
}

/** When a clock runs out that stood still meanwhile: as much working time is left as there was. */
export const afterPause = (urgency: Urgency, schedule: Schedule, pause: Pause): Date => {
  const { due, from, to } = pause
  const { hours, timeZone, alwaysOpen } = schedule
  const isByCalendar = urgency === 'emergency' || alwaysOpen || isNeverOpen(hours)
  if (isByCalendar || due <= from) return new Date(due.getTime() + to.getTime() - from.getTime())
  const zoned = (date: Date): DateTime => DateTime.fromJSDate(date, { zone: timeZone })
  return afterOpenTime(zoned(to), hours, openTimeMs(zoned(from), zoned(due), hours)).toJSDate()
}

/** Which clock a step starts, and under which name the referral stores it. */
export const CLOCK_OF: Partial<
  Record<
    Verb,
    { readonly timer: Timer; readonly stored: 'decide' | 'answer' | 'contact' | 'start' | 'review' }
  >
> = {
  acknowledge: { timer: 'decide', stored: 'decide' },
  ask: { timer: 'answer', stored: 'answer' },
  accept: { timer: 'contact', stored: 'contact' },
  hand_over: { timer: 'start', stored: 'start' },
  start: { timer: 'review', stored: 'review' },
  resume: { timer: 'review', stored: 'review' },
  dispute: { timer: 'review', stored: 'review' },
  complete: { timer: 'sender_review', stored: 'review' },
}
