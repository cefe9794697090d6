import fc from 'fast-check'
import t from 'tap'
import { afterPause, dueOf, endOf, type Schedule } from '../../services/referrals/clocks.ts'
import { URGENCIES } from '../../src/contracts/codes.ts'
import { WEEKDAYS, type Hours } from '../../src/contracts/directory.ts'
import { TIMERS, type Span, type Timer } from '../../src/contracts/timers.ts'

const WIB = 'Asia/Jakarta'
const WITA = 'Asia/Makassar'
const WIT = 'Asia/Jayapura'
/** Hours ahead of UTC, all year. */
const AHEAD: Readonly<Record<string, number>> = { [WIB]: 7, [WITA]: 8, [WIT]: 9 }
const DAY = [{ open: '08:00', close: '16:00' }]
const OFFICE: Hours = { mon: DAY, tue: DAY, wed: DAY, thu: DAY, fri: DAY }
/** Its clocks go back on 2026-10-25 and forward on 2026-03-29, at night. */
const BERLIN = 'Europe/Berlin'
const NIGHT: Hours = { sun: [{ open: '00:00', close: '06:00' }], mon: DAY }
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

const at = (text: string): Date => new Date(text)
const of = (timeZone: string, hours: Hours = OFFICE, alwaysOpen = false): Schedule => ({
  hours,
  timeZone,
  alwaysOpen,
})

t.test('hours pass while the recipient is open: nights, weekends and zones', async (t) => {
  // 2026-11-27 is a Friday.
  const cases: [string, Schedule, string, string][] = [
    ['within a day', of(WIB), '2026-11-27T01:00:00Z', '2026-11-27T09:00:00Z'],
    ['over the weekend', of(WIB), '2026-11-27T07:00:00Z', '2026-11-30T07:00:00Z'],
    ['from a night', of(WIB), '2026-11-25T16:00:00Z', '2026-11-26T09:00:00Z'],
    ['from a Sunday', of(WIB), '2026-11-29T03:00:00Z', '2026-11-30T09:00:00Z'],
    ['an hour earlier in WITA', of(WITA), '2026-11-29T03:00:00Z', '2026-11-30T08:00:00Z'],
    ['two hours earlier in WIT', of(WIT), '2026-11-29T03:00:00Z', '2026-11-30T07:00:00Z'],
    ['another local day in WIT', of(WIT), '2026-11-26T22:30:00Z', '2026-11-27T07:00:00Z'],
    ['over a change to winter time', of(BERLIN), '2026-10-23T13:00:00Z', '2026-10-26T14:00:00Z'],
    ['seven hours in six', of(BERLIN, NIGHT), '2026-10-24T22:00:00Z', '2026-10-26T08:00:00Z'],
    ['five hours in six', of(BERLIN, NIGHT), '2026-03-28T23:00:00Z', '2026-03-30T09:00:00Z'],
    ['never open', of(WIB, {}), '2026-11-28T00:00:00Z', '2026-11-28T08:00:00Z'],
    ['closed by empty days', of(WIB, { mon: [] }), '2026-11-28T00:00:00Z', '2026-11-28T08:00:00Z'],
    ['always open', of(WIB, OFFICE, true), '2026-11-28T00:00:00Z', '2026-11-28T08:00:00Z'],
    [
      'until midnight',
      of(WITA, {
        sat: [{ open: '20:00', close: '24:00' }],
        sun: [{ open: '00:00', close: '06:00' }],
      }),
      '2026-11-28T12:00:00Z',
      '2026-11-28T20:00:00Z',
    ],
    [
      'half an hour a week',
      of(WIB, { mon: [{ open: '09:00', close: '09:30' }] }),
      '2026-11-24T00:00:00Z',
      '2027-03-15T02:30:00Z',
    ],
  ]
  for (const [what, schedule, from, due] of cases) {
    const got = dueOf('acknowledge', 'urgent', schedule, at(from))
    t.equal(got.toISOString(), at(due).toISOString(), what)
  }
  const sparse = of(WIB, { mon: [{ open: '09:00', close: '09:10' }] })
  const due = dueOf('decide', 'urgent', sparse, at('2026-11-24T00:00:00Z'))
  t.equal(due.getUTCFullYear(), 2029, '24 hours, ten minutes a week')
})

t.test('working days end at closing time', async (t) => {
  const cases: [string, Schedule, string, string][] = [
    ['two days from a Monday', of(WIB), '2026-11-23T05:00:00Z', '2026-11-25T09:00:00Z'],
    ['over a weekend', of(WIB), '2026-11-26T05:00:00Z', '2026-11-30T09:00:00Z'],
    ['from a Saturday', of(WITA), '2026-11-28T05:00:00Z', '2026-12-01T08:00:00Z'],
    ['already Friday in WIT', of(WIT), '2026-11-26T15:30:00Z', '2026-12-01T07:00:00Z'],
    ['still Thursday in WIB', of(WIB), '2026-11-26T15:30:00Z', '2026-11-30T09:00:00Z'],
    ['never open', of(WIB, {}), '2026-11-28T01:00:00Z', '2026-11-30T01:00:00Z'],
    ['always open', of(WIT, {}, true), '2026-11-28T01:00:00Z', '2026-11-30T01:00:00Z'],
  ]
  for (const [what, schedule, from, due] of cases) {
    const got = dueOf('acknowledge', 'normal', schedule, at(from))
    t.equal(got.toISOString(), at(due).toISOString(), what)
  }
})

t.test('the clock that stood still has as much working time left', async (t) => {
  const pause = {
    due: at('2026-11-30T05:00:00Z'),
    from: at('2026-11-27T08:00:00Z'),
    to: at('2026-12-01T02:00:00Z'),
  }
  // Friday 15:00 to Monday 12:00 is 1 + 4 hours of work; Tuesday 09:00 + 5.
  t.equal(afterPause('open_hours', of(WIB), pause).toISOString(), '2026-12-01T07:00:00.000Z')
  const byCalendar = '2026-12-03T23:00:00.000Z'
  t.equal(afterPause('calendar_hours', of(WIB), pause).toISOString(), byCalendar)
  t.equal(afterPause('open_days', of(WIB, OFFICE, true), pause).toISOString(), byCalendar)
  t.equal(afterPause('open_days', of(WIB, {}), pause).toISOString(), byCalendar)
  const late = { ...pause, due: at('2026-11-27T07:00:00Z') }
  t.equal(afterPause('open_hours', of(WIB), late).toISOString(), '2026-12-01T01:00:00.000Z')
})

const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
const ranges = fc
  .uniqueArray(fc.nat(24 * 12), { minLength: 0, maxLength: 6 })
  .map((marks) => marks.toSorted((a, b) => a - b).map((mark) => clockText(mark * 5)))
  .map((marks) =>
    Array.from({ length: Math.floor(marks.length / 2) }, (_, n) => ({
      open: marks[2 * n] ?? '',
      close: marks[2 * n + 1] ?? '',
    })),
  )
const anyHours = fc.dictionary(fc.constantFrom(...WEEKDAYS), ranges) as fc.Arbitrary<Hours>
const schedules = fc.record({
  hours: anyHours,
  timeZone: fc.constantFrom(WIB, WITA, WIT),
  alwaysOpen: fc.boolean(),
})
const instants = fc
  .integer({ min: 0, max: 2 * 365 * 24 * 60 })
  .map((minutes) => new Date(Date.UTC(2026, 0, 1) + minutes * MINUTE_MS))

/** Whether it is open in this minute, worked out from the wall clock alone. */
const isOpen = ({ hours, timeZone, alwaysOpen }: Schedule, ms: number): boolean => {
  if (alwaysOpen || Object.values(hours).every((each) => each.length === 0)) return true
  const local = new Date(ms + (AHEAD[timeZone] ?? 0) * HOUR_MS)
  const weekday = WEEKDAYS[(local.getUTCDay() + 6) % 7] ?? 'mon'
  const text = local.toISOString().slice(11, 16)
  return (hours[weekday] ?? []).some(({ open, close }) => open <= text && text < close)
}

t.test('exactly so many open minutes lie between start and end', async () => {
  const span = fc.constantFrom(8, 24)
  fc.assert(
    fc.property(schedules, instants, span, (schedule, from, hours) => {
      const weekly = Array.from({ length: 7 * 24 * 12 }, (_, n) => n * 5 * MINUTE_MS)
      const open = weekly.filter((ms) => isOpen(schedule, ms)).length
      fc.pre(open >= 12)
      const end = endOf({ kind: 'open_hours', hours }, schedule, from)
      let minutes = 0
      for (let ms = from.getTime(); ms < end.getTime(); ms += MINUTE_MS) {
        if (isOpen(schedule, ms)) minutes += 1
      }
      return minutes === hours * 60
    }),
    { seed: 7, numRuns: 100 },
  )
})

t.test('clocks never run out before they start, and a later start ends no sooner', async () => {
  const timers = fc.constantFrom(...(Object.keys(TIMERS) as Timer[]))
  const urgencies = fc.constantFrom(...URGENCIES)
  const later = fc.nat(20_000)
  fc.assert(
    fc.property(
      timers,
      urgencies,
      schedules,
      instants,
      later,
      (timer, urgency, one, from, ahead) => {
        const due = dueOf(timer, urgency, one, from)
        const next = dueOf(timer, urgency, one, new Date(from.getTime() + ahead * MINUTE_MS))
        return due > from && next >= due
      },
    ),
    { seed: 11, numRuns: 1000 },
  )
})

t.test('emergencies run day and night, whoever the recipient is', async () => {
  const timers = fc.constantFrom(...(Object.keys(TIMERS) as Timer[]))
  fc.assert(
    fc.property(timers, schedules, instants, (timer, schedule, from) => {
      const span: Span = TIMERS[timer].emergency
      if (span.kind !== 'calendar_hours') return false
      const due = dueOf(timer, 'emergency', schedule, from)
      return due.getTime() - from.getTime() === span.hours * HOUR_MS
    }),
    { seed: 13, numRuns: 500 },
  )
})
