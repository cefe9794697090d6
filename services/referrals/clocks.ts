import { DateTime } from 'luxon'
import type { Urgency } from '../../src/contracts/codes.ts'
import { WEEKDAYS, type Hours } from '../../src/contracts/directory.ts'
import type { Agreed } from '../../src/contracts/agreement.ts'
import { TIMERS, type Span, type Timer } from '../../src/contracts/timers.ts'

/** When a recipient works: local opening hours in an IANA zone, or always. */
export interface Schedule {
  readonly hours: Hours
  readonly timeZone: string
  readonly alwaysOpen: boolean
  /** Local days, ISO 8601, on which nobody works whatever the hours say. */
  readonly holidays?: readonly string[]
}

/** Timers that two agencies agreed on; the hub's defaults stand for what is not in it. */
export type AgreedTimers = Partial<Agreed>

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
const openOn = (day: DateTime, { hours, holidays = [] }: Schedule): Interval[] => {
  const start = day.startOf('day')
  if (holidays.includes(start.toISODate() ?? '')) return []
  const ranges = hours[WEEKDAYS[day.weekday - 1] ?? 'mon'] ?? []
  return ranges.map((range) => ({
    from: atLocal(start, range.open),
    to: atLocal(start, range.close),
  }))
}

const isNeverOpen = (hours: Hours): boolean =>
  WEEKDAYS.every((weekday) => (hours[weekday] ?? []).length === 0)

/** Whether working time is all time. */
const isByCalendar = ({ alwaysOpen, hours }: Schedule): boolean => alwaysOpen || isNeverOpen(hours)

/** Every open interval from the local day of `from` on, without end. It MUST open sometimes. */
function* openFrom(from: DateTime, schedule: Schedule): Generator<Interval> {
  for (let day = 0; ; day += 1) yield* openOn(from.startOf('day').plus({ days: day }), schedule)
}

/** When so much open time has passed since `from`. */
const afterOpenTime = (from: DateTime, schedule: Schedule, amountMs: number): DateTime => {
  let leftMs = amountMs
  for (const { from: opens, to: closes } of openFrom(from, schedule)) {
    const begin = DateTime.max(opens, from)
    const openMs = closes.toMillis() - begin.toMillis()
    if (openMs <= 0) continue
    if (openMs >= leftMs) return begin.plus(leftMs)
    leftMs -= openMs
  }
  return from
}

/** How much open time lies between two instants. */
const openTimeMs = (from: DateTime, to: DateTime, schedule: Schedule): number => {
  let sumMs = 0
  for (const { from: opens, to: closes } of openFrom(from, schedule)) {
    if (opens >= to) break
    const ms = DateTime.min(closes, to).toMillis() - DateTime.max(opens, from).toMillis()
    sumMs += Math.max(ms, 0)
  }
  return sumMs
}

/** Closing time of the n-th open day after the local day of `from`. */
const afterOpenDays = (from: DateTime, schedule: Schedule, amount: number): DateTime => {
  let left = amount
  for (let day = 1; left > 0; day += 1) {
    const last = openOn(from.startOf('day').plus({ days: day }), schedule).at(-1)
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
  if (isByCalendar(schedule)) {
    const calendar = span.kind === 'open_hours' ? { hours: span.hours } : { days: span.days }
    return local.plus(calendar).toJSDate()
  }
  const end =
    span.kind === 'open_hours'
      ? afterOpenTime(local, schedule, span.hours * HOUR_MS)
      : afterOpenDays(local, schedule, span.days)
  return end.toJSDate()
}

export const spanOf = (timer: Timer, urgency: Urgency, agreed: AgreedTimers): Span =>
  agreed[`${timer}.${urgency}`] ?? TIMERS[timer][urgency]

export const dueOf = (
  timer: Timer,
  urgency: Urgency,
  schedule: Schedule,
  from: Date,
  agreed: AgreedTimers = {},
): Date => endOf(spanOf(timer, urgency, agreed), schedule, from)

/**
 * When a share of a span has passed that began at `from` and ends at `due`, beyond its end too; in
 * working time, except for a span by the calendar.
 */
export const shareOf = (
  percent: number,
  { from, due }: { readonly from: Date; readonly due: Date },
  schedule: Schedule,
  kind: Span['kind'],
): Date => {
  if (percent === 100) return due
  if (kind === 'calendar_hours' || isByCalendar(schedule)) {
    return new Date(from.getTime() + ((due.getTime() - from.getTime()) * percent) / 100)
  }
  const zoned = (date: Date): DateTime => DateTime.fromJSDate(date, { zone: schedule.timeZone })
  const wholeMs = openTimeMs(zoned(from), zoned(due), schedule)
  return afterOpenTime(zoned(from), schedule, Math.round((wholeMs * percent) / 100)).toJSDate()
}

export interface Pause {
  /** When the clock would have run out. */
  readonly due: Date
  readonly from: Date
  readonly to: Date
}

/** When a clock runs out that stood still meanwhile: as much time of its kind is left as there was. */
export const afterPause = (kind: Span['kind'], schedule: Schedule, pause: Pause): Date => {
  const { due, from, to } = pause
  if (kind === 'calendar_hours' || isByCalendar(schedule) || due <= from) {
    return new Date(due.getTime() + to.getTime() - from.getTime())
  }
  const zoned = (date: Date): DateTime => DateTime.fromJSDate(date, { zone: schedule.timeZone })
  const leftMs = openTimeMs(zoned(from), zoned(due), schedule)
  return afterOpenTime(zoned(to), schedule, leftMs).toJSDate()
}
