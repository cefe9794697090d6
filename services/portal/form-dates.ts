import { DateTime } from 'luxon'
import type { Form } from './visit.ts'

/** A day in three fields: browsers show their own date fields in a form of their choosing. */
export const dayOf = (form: Form, name: string): string | undefined => {
  const [day, month, year] = ['day', 'month', 'year'].map((part) => form.text(`${name}-${part}`))
  if (day === undefined || month === undefined || year === undefined) return undefined
  const two = (text: string): string => text.padStart(2, '0')
  return `${year.padStart(4, '20')}-${two(month)}-${two(day)}`
}

/** The last minute of that day where the reader is, as an instant; undefined without a day. */
export const endOfDay = (form: Form, name: string, zone: string): string | undefined => {
  const day = dayOf(form, name)
  if (day === undefined) return undefined
  const at = DateTime.fromISO(day, { zone }).endOf('day')
  return at.isValid ? (at.toUTC().startOf('second').toISO() ?? undefined) : day
}
