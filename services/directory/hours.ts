import {
  WEEKDAYS,
  type Agency,
  type Holidays,
  type Hours,
  type Weekday,
} from '../../src/contracts/directory.ts'
import type { FieldError } from '../../src/problem.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  formats.set(timeZone, made)
  return made
}

/** Whether the platform knows this IANA time zone. */
export const isTimeZone = (timeZone: string): boolean => {
  try {
    return timeZone.includes('/') && formatOf(timeZone) !== null
  } catch {
    return false
  }
}

interface LocalTime {
  readonly weekday: Weekday
  /** ISO 8601. */
  readonly day: string
  readonly time: string
}

const localTime = (timeZone: string, instant: Date): LocalTime => {
  const parts = formatOf(timeZone).formatToParts(instant)
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((candidate) => candidate.type === type)?.value ?? ''
  const weekday = WEEKDAYS.find((name) => name === part('weekday').toLowerCase())
  if (weekday === undefined) throw new RangeError(`no weekday in ${timeZone}`)
  return {
    weekday,
    day: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
  }
}

/**
 * Whether an agency is open at this instant. Opening is inclusive, closing exclusive.
 * @throws RangeError when the time zone is unknown
 */
export const isOpenAt = (
  agency: Pick<Agency, 'hours' | 'holidays' | 'time_zone'>,
  instant: Date,
): boolean => {
  const { weekday, day, time } = localTime(agency.time_zone, instant)
  if (agency.holidays.some((holiday) => holiday.day === day)) return false
  return (agency.hours[weekday] ?? []).some((range) => range.open <= time && time < range.close)
}

/** What a schema cannot say about holidays: in order, each day once. */
export const holidayErrors = (holidays: Holidays): FieldError[] =>
  holidays.flatMap(({ day }, index) =>
    index > 0 && day <= (holidays[index - 1]?.day ?? '')
      ? [
          {
            field: `holidays.${index}.day`,
            message: {
              id: 'Urutkan hari libur menurut tanggal, masing-masing satu kali.',
              en: 'Put the holidays in order of day, each day once.',
            },
          },
        ]
      : [],
  )

/** What a schema cannot say about hours: each range ends after it begins, ranges do not overlap. */
export const hoursErrors = (hours: Hours): FieldError[] => {
  const errors: FieldError[] = []
  for (const day of WEEKDAYS) {
    let last = ''
    for (const [index, range] of (hours[day] ?? []).entries()) {
      const field = `hours.${day}.${index}`
      if (range.close <= range.open) {
        errors.push({
          field,
          message: {
            id: 'Jam tutup harus sesudah jam buka; malam hari ditulis sebagai dua rentang.',
            en: 'It must close after it opens; write a night as two ranges on two days.',
          },
        })
      } else if (range.open < last) {
        errors.push({
          field,
          message: {
            id: 'Urutkan rentang menurut jam dan jangan tumpang tindih.',
            en: 'Put the ranges in order of time, without overlap.',
          },
        })
      }
      last = range.close
    }
  }
  return errors
}
