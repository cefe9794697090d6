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

const MAX_DAYS = 400

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

const afterOpenHours = (from: DateTime, hours: Hours, amount: number): DateTime => {
  let leftMs = amount * 3_600_000
  for (let day = 0; day < MAX_DAYS; day += 1) {
    for (const { from: opens, to: closes } of openOn(
      from.startOf('day').plus({ days: day }),
      hours,
    )) {
      const begin = DateTime.max(opens, from)
      const openMs = closes.toMillis() - begin.toMillis()
      if (openMs <= 0) continue
      if (openMs >= leftMs) return begin.plus(leftMs)
      leftMs -= openMs
    }
  }
  return from.plus({ hours: amount })
}

/** Closing time of the n-th open day after the local day of `from`. */
const afterOpenDays = (from: DateTime, hours: Hours, amount: number): DateTime => {
  let left = amount
  for (let day = 1; day < MAX_DAYS; day += 1) {
    const last = openOn(from.startOf('day').plus({ days: day }), hours).at(-1)
    if (last === undefined) continue
    left -= 1
    if (left === 0) return last.to
  }
  return from.plus({ days: amount })
}

/** When a span that begins at `from` has passed. Never open: the span passes by the calendar. */
export const endOf = (span: Span, schedule: Schedule, from: Date): Date => {
  const local = DateTime.fromJSDate(from, { zone: schedule.timeZone })
  if (span.kind === 'calendar_hours') return local.plus({ hours: span.hours }).toJSDate()
  if (schedule.alwaysOpen) {
    const calendar = span.kind === 'open_hours' ? { hours: span.hours } : { days: span.days }
    return local.plus(calendar).toJSDate()
  }
  const end =
    span.kind === 'open_hours'
      ? afterOpenHours(local, schedule.hours, span.hours)
      : afterOpenDays(local, schedule.hours, span.days)
  return end.toJSDate()
}

export const dueOf = (timer: Timer, urgency: Urgency, schedule: Schedule, from: Date): Date =>
  endOf(TIMERS[timer][urgency], schedule, from)

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
