import type { Urgency } from './codes.ts'
import type { EXPIRE_REASONS, ReferralState } from './lifecycle.ts'

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

/** What a running clock does at a share of its span. */
export const MARKS = ['remind', 'overdue', 'coordinate', 'expire'] as const
export type Mark = (typeof MARKS)[number]

/** Shares of the span in percent: 100 is the deadline itself. Ours, and part of an agreement. */
export const MARK_PERCENT = { remind: 50, overdue: 100, coordinate: 150, expire: 200 } as const

export interface Clock {
  readonly timer: Timer
  /** Who has to act before it runs out. */
  readonly side: 'sender' | 'recipient'
  /** It runs while the referral is in this state. */
  readonly state: ReferralState
  readonly marks: readonly Mark[]
  /** After the last mark it comes again after each further span. */
  readonly repeats?: true
  readonly expireReason?: (typeof EXPIRE_REASONS)[number]
}

const BEFORE_ACCEPTANCE = ['remind', 'overdue', 'coordinate', 'expire'] as const
const AFTER_ACCEPTANCE = ['remind', 'overdue', 'coordinate'] as const

/**
 * Every clock of a referral. Before acceptance an urgent or normal one expires at its last mark;
 * an emergency is put before the coordinator again after each further span, until somebody acts.
 */
export const CLOCKS = {
  acknowledge: {
    timer: 'acknowledge',
    side: 'recipient',
    state: 'sent',
    marks: BEFORE_ACCEPTANCE,
    expireReason: 'no_acknowledgement',
  },
  decide: {
    timer: 'decide',
    side: 'recipient',
    state: 'acknowledged',
    marks: BEFORE_ACCEPTANCE,
    expireReason: 'no_decision',
  },
  answer: {
    timer: 'answer',
    side: 'sender',
    state: 'info_requested',
    marks: BEFORE_ACCEPTANCE,
    expireReason: 'no_information',
  },
  contact: { timer: 'contact', side: 'recipient', state: 'accepted', marks: AFTER_ACCEPTANCE },
  start: { timer: 'start', side: 'recipient', state: 'handed_over', marks: AFTER_ACCEPTANCE },
  review: {
    timer: 'review',
    side: 'recipient',
    state: 'in_service',
    marks: ['overdue'],
    repeats: true,
  },
  hold: { timer: 'review', side: 'recipient', state: 'on_hold', marks: ['overdue', 'coordinate'] },
  feedback: {
    timer: 'sender_review',
    side: 'sender',
    state: 'completed',
    marks: AFTER_ACCEPTANCE,
  },
} as const satisfies Record<string, Clock>
export type ClockName = keyof typeof CLOCKS

/** Days after a closing on which somebody looks how the survivor fares. */
export const FOLLOW_UP_DAYS: readonly number[] = [30, 90, 180]

/** A draft that was never sent is forgotten after so many days. */
export const DRAFT_DAYS = 30
