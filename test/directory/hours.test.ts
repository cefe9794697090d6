import fc from 'fast-check'
import t from 'tap'
import type { Holidays, Hours } from '../../src/contracts/directory.ts'
import {
  holidayErrors,
  hoursErrors,
  isOpenAt as isAgencyOpenAt,
  isTimeZone,
} from '../../services/directory/hours.ts'

const WIB = 'Asia/Jakarta'
const WITA = 'Asia/Makassar'
const WIT = 'Asia/Jayapura'
const OFFICE: Hours = {
  mon: [{ open: '08:00', close: '16:00' }],
  fri: [
    { open: '08:00', close: '11:30' },
    { open: '13:00', close: '16:00' },
  ],
}
const isOpenAt = (hours: Hours, time_zone: string, instant: Date, holidays: Holidays = []) =>
  isAgencyOpenAt({ hours, time_zone, holidays }, instant)
const at = (text: string): Date => new Date(text)

t.test('the same instant is another hour in each of the three zones', async (t) => {
  // 2026-11-23 is a Monday. WIB is UTC+7, WITA UTC+8, WIT UTC+9, all year.
  const cases: [string, boolean, boolean, boolean][] = [
    ['2026-11-22T22:59:59Z', false, false, false],
    ['2026-11-22T23:00:00Z', false, false, true],
    ['2026-11-23T00:00:00Z', false, true, true],
    ['2026-11-23T01:00:00Z', true, true, true],
    ['2026-11-23T06:59:59Z', true, true, true],
    ['2026-11-23T07:00:00Z', true, true, false],
    ['2026-11-23T08:00:00Z', true, false, false],
    ['2026-11-23T09:00:00Z', false, false, false],
  ]
  for (const [instant, wib, wita, wit] of cases) {
    const open = [WIB, WITA, WIT].map((zone) => isOpenAt(OFFICE, zone, at(instant)))
    t.same(open, [wib, wita, wit], instant)
  }
})

t.test('the day changes in local time, not in UTC', async (t) => {
  const night: Hours = {
    mon: [{ open: '22:00', close: '24:00' }],
    tue: [{ open: '00:00', close: '02:00' }],
  }
  t.equal(isOpenAt(night, WIT, at('2026-11-23T12:59:59Z')), false, 'Monday 21:59 WIT')
  t.equal(isOpenAt(night, WIT, at('2026-11-23T13:00:00Z')), true, 'Monday 22:00 WIT')
  t.equal(isOpenAt(night, WIT, at('2026-11-23T14:59:59Z')), true, 'Monday 23:59 WIT')
  t.equal(isOpenAt(night, WIT, at('2026-11-23T15:00:00Z')), true, 'Tuesday 00:00 WIT')
  t.equal(isOpenAt(night, WIT, at('2026-11-23T17:00:00Z')), false, 'Tuesday 02:00 WIT')
  t.equal(isOpenAt(night, WIB, at('2026-11-23T15:00:00Z')), true, 'Monday 22:00 WIB')
})

t.test('a break at noon and an absent day are closed', async (t) => {
  t.equal(isOpenAt(OFFICE, WIB, at('2026-11-27T04:29:00Z')), true, 'Friday 11:29')
  t.equal(isOpenAt(OFFICE, WIB, at('2026-11-27T04:30:00Z')), false, 'Friday 11:30')
  t.equal(isOpenAt(OFFICE, WIB, at('2026-11-27T06:00:00Z')), true, 'Friday 13:00')
  t.equal(isOpenAt(OFFICE, WIB, at('2026-11-24T03:00:00Z')), false, 'Tuesday')
  t.equal(isOpenAt({}, WIB, at('2026-11-24T03:00:00Z')), false, 'no hours at all')
  t.throws(() => isOpenAt(OFFICE, 'Asia/Nowhere', at('2026-11-24T03:00:00Z')), RangeError)
})

t.test('a holiday is closed from midnight to midnight of its own zone', async (t) => {
  const day = [{ open: '00:00', close: '24:00' }]
  const always: Hours = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day }
  const holidays = [{ day: '2026-12-25', name: 'Natal' }]
  const cases: [string, string, boolean][] = [
    [WIT, '2026-12-24T14:59:59Z', true],
    [WIT, '2026-12-24T15:00:00Z', false],
    [WIT, '2026-12-25T14:59:59Z', false],
    [WIT, '2026-12-25T15:00:00Z', true],
    [WIB, '2026-12-24T15:00:00Z', true],
    [WIB, '2026-12-24T17:00:00Z', false],
  ]
  for (const [zone, instant, open] of cases) {
    t.equal(isOpenAt(always, zone, at(instant), holidays), open, `${zone} ${instant}`)
  }
  const twice = [
    ...holidays,
    { day: '2026-12-25', name: 'Lagi' },
    { day: '2026-01-01', name: 'Awal' },
  ]
  t.same(
    holidayErrors(twice).map((error) => error.field),
    ['holidays.1.day', 'holidays.2.day'],
  )
})

t.test('a week that is open throughout is open at every instant', async () => {
  const day = [{ open: '00:00', close: '24:00' }]
  const always: Hours = { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day }
  const instant = fc.date({ min: at('2000-01-01'), max: at('2100-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(instant, fc.constantFrom(WIB, WITA, WIT, 'Europe/Berlin'), (moment, zone) =>
      isOpenAt(always, zone, moment),
    ),
    { numRuns: 300 },
  )
})

t.test('hours that cannot be are named field by field', async (t) => {
  const wrong: Hours = {
    mon: [{ open: '16:00', close: '08:00' }],
    tue: [
      { open: '08:00', close: '12:00' },
      { open: '11:00', close: '15:00' },
    ],
    wed: [{ open: '08:00', close: '08:00' }],
  }
  t.same(
    hoursErrors(wrong).map((error) => error.field),
    ['hours.mon.0', 'hours.tue.1', 'hours.wed.0'],
  )
  t.same(hoursErrors(OFFICE), [])
})

t.test('time zones are IANA names of a place', async (t) => {
  for (const zone of [WIB, WITA, WIT]) t.ok(isTimeZone(zone))
  for (const zone of ['WIB', 'UTC', '', 'Asia/Nowhere', '+07:00']) t.notOk(isTimeZone(zone), zone)
})
