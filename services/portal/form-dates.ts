import { DateTime } from 'luxon'
import type { Form } from './visit.ts'

/**
 * The day of three fields (DayFields) as they were filled in, which need not be one: whoever takes it judges.
 * Two digits are a year of this century. Undefined: none was filled in.
 */
export const dayOf = (form: Form, name: string): string | undefined => {
  const parts = ['day', 'month', 'year'].map((part) => form.text(`${name}-${part}`))
  if (parts.every((part) => part === undefined)) return undefined
  const [day = '', month = '', year = ''] = parts
  const two = (text: string): string => text.padStart(2, '0')
  return `${year.length === 2 ? `20${year}` : year}-${two(month)}-${two(day)}`
}

/** The last minute of that day where the reader is, as an instant; undefined without a day. */
export const endOfDay = (form: Form, name: string, zone: string): string | undefined => {
  const day = dayOf(form, name)
  if (day === undefined) return undefined
  const at = DateTime.fromISO(day, { zone }).endOf('day')
  return at.isValid ? (at.toUTC().startOf('second').toISO() ?? undefined) : day
}

/** The first minute of that day where the reader is, as an instant; undefined without a day. */
export const startOfDay = (form: Form, name: string, zone: string): string | undefined => {
  const day = dayOf(form, name)
  if (day === undefined) return undefined
  const at = DateTime.fromISO(day, { zone })
  return at.isValid ? (at.toUTC().toISO() ?? undefined) : day
}
