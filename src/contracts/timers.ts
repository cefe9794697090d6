import type { Urgency } from './codes.ts'

/**
 * A span on the clock. `open` hours and days pass only while the recipient is open; `calendar`
 * ones always pass.
 */
export type Span =
  | { readonly kind: 'open_hours'; readonly hours: number }
  | { readonly kind: 'open_days'; readonly days: number }
  | { readonly kind: 'calendar_hours'; readonly hours: number }

const openHours = (hours: number): Span => ({ kind: 'open_hours', hours })
const openDays = (days: number): Span => ({ kind: 'open_days', days })
const calendarHours = (hours: number): Span => ({ kind: 'calendar_hours', hours })
const calendarDays = (days: number): Span => calendarHours(days * 24)

/**
 * The hub's default timers. Only 24 h, 72 h and 14 d for the first contact come from field
 * practice; the others are our defaults. Emergencies run day and night.
 */
export const TIMERS = {
  acknowledge: { emergency: calendarHours(1), urgent: openHours(8), normal: openDays(2) },
  decide: { emergency: calendarHours(4), urgent: openHours(24), normal: openDays(5) },
  answer: { emergency: calendarHours(2), urgent: openHours(24), normal: openDays(3) },
  contact: { emergency: calendarDays(1), urgent: calendarDays(3), normal: calendarDays(14) },
  start: { emergency: calendarDays(3), urgent: calendarDays(7), normal: calendarDays(14) },
  review: { emergency: calendarDays(30), urgent: calendarDays(30), normal: calendarDays(30) },
  sender_review: { emergency: calendarDays(7), urgent: calendarDays(7), normal: calendarDays(7) },
} as const satisfies Record<string, Record<Urgency, Span>>
export type Timer = keyof typeof TIMERS

/** A service may stand on hold for at most this long before somebody looks again. */
export const MAX_HOLD_DAYS = 14
