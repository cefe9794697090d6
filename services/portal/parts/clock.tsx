import type { JSX } from 'preact'
import type { ReferralState } from '../../../src/contracts/lifecycle.ts'
import { Icon } from './icon.tsx'
import { useWords, type Key, type Words } from './words.ts'

/** What must happen next, and by when. `at` is null when nothing is awaited. */
export interface Clock {
  readonly what: 'answer' | 'reply' | 'contact' | 'start' | 'review' | 'paused' | 'none'
  readonly at: string | null
}

export interface DueTimes {
  readonly acknowledge: string | null
  readonly decide: string | null
  readonly answer: string | null
  readonly contact: string | null
  readonly start: string | null
  readonly review: string | null
}

const AWAITED: Readonly<
  Partial<Record<ReferralState, readonly [Clock['what'], keyof DueTimes | null]>>
> = {
  sent: ['answer', 'acknowledge'],
  acknowledged: ['answer', 'decide'],
  info_requested: ['reply', 'answer'],
  accepted: ['contact', 'contact'],
  handed_over: ['start', 'start'],
  in_service: ['review', 'review'],
  on_hold: ['review', 'review'],
  completed: ['review', 'review'],
}

/** The clock that runs for a side. While the sender is asked, the recipient's stands still. */
export const clockOf = (
  state: ReferralState,
  side: 'sender' | 'recipient',
  due: DueTimes,
): Clock => {
  if (state === 'info_requested' && side === 'recipient') return { what: 'paused', at: null }
  const [what, name] = AWAITED[state] ?? ['none', null]
  return { what, at: name === null ? null : due[name] }
}

const MINUTE_MS = 60_000
const HOUR_MINUTES = 60
const DAY_MINUTES = 1_440

/** A span in the largest unit that still says enough. */
export const spanWords = (t: Words, minutes: number): string => {
  const whole = Math.max(1, Math.round(minutes))
  if (whole < HOUR_MINUTES) return t('span.minutes', { count: whole })
  if (whole < 2 * DAY_MINUTES) return t('span.hours', { count: Math.round(whole / HOUR_MINUTES) })
  return t('span.days', { count: Math.round(whole / DAY_MINUTES) })
}

const SOON_MINUTES = 120

/** Icon, words and colour together; `now` in milliseconds. */
export const ClockLine = (given: { readonly clock: Clock; readonly now: number }) => {
  const { clock, now } = given
  const t = useWords()
  if (clock.what === 'none') return null
  if (clock.what === 'paused' || clock.at === null) {
    return clock.what === 'paused' ? line('wait', 'pause', t('clock.paused')) : null
  }
  const minutes = (Date.parse(clock.at) - now) / MINUTE_MS
  if (minutes < 0) {
    return line('late', 'warn', t('clock.late', { span: spanWords(t, -minutes) }))
  }
  const key: Key = `clock.${clock.what}`
  const look = minutes < SOON_MINUTES ? 'wait' : 'calm'
  return line(look, 'clock', t(key, { span: spanWords(t, minutes) }))
}

const line = (look: string, icon: 'pause' | 'warn' | 'clock', text: string): JSX.Element => (
  <span class={`clock ${look}`}>
    <Icon name={icon} />
    {text}
  </span>
)
