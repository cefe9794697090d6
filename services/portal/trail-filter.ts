import { DateTime } from 'luxon'
import { OUTCOMES } from '../../src/contracts/audit.ts'
import { CATEGORIES } from '../../src/contracts/codes.ts'
import { EVENTS } from '../../src/contracts/events.ts'
import { dayOf } from './form-dates.ts'
import type { Wrong } from './parts/fields.tsx'
import type { Form, SignedVisit } from './visit.ts'

/** Fields of the filter that the API takes as they are. */
const PLAIN = ['agency', 'actor', 'order'] as const
const CASE = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|pw:[A-Za-z0-9_-]{22})$/

export interface TrailFilter {
  /** What the API is asked, without a place to go on from. */
  readonly query: URLSearchParams
  /** The fields as they stand in the address, to go on with. */
  readonly fields: URLSearchParams
  readonly wrong: readonly Wrong[]
  readonly isEmpty: boolean
}

const boundOf = (
  form: Form,
  name: 'from' | 'to',
  zone: string,
): { readonly instant: string | null; readonly isWrong: boolean } => {
  const chosen = dayOf(form, name)
  if (chosen === undefined) return { instant: null, isWrong: false }
  const day = DateTime.fromISO(chosen, { zone })
  const at = name === 'from' ? day.startOf('day') : day.endOf('day')
  const instant = at.isValid ? at.toUTC().startOf('second').toISO() : null
  return { instant, isWrong: instant === null }
}

const FIELDS = [
  'case',
  ...PLAIN,
  'type',
  'category',
  'outcome',
  ...['from', 'to'].flatMap((name) => ['day', 'month', 'year'].map((part) => `${name}-${part}`)),
]

/** Reads a filter out of an address; what is wrong with it is said beside its field. */
export const readFilter = (visit: SignedVisit, form: Form): TrailFilter => {
  const { t } = visit
  const query = new URLSearchParams()
  const wrong: Wrong[] = []
  const about = form.text('case')
  if (about !== undefined && CASE.test(about)) query.set('case', about)
  else if (about !== undefined) {
    wrong.push({ field: 'case', message: t('audit.filter.wrong_case') })
  }
  for (const name of PLAIN) {
    const value = form.text(name)
    if (value !== undefined) query.set(name, value)
  }
  if (!query.has('order')) query.set('order', 'newest')
  const known = { type: EVENTS, category: CATEGORIES, outcome: OUTCOMES } as const
  for (const [name, codes] of Object.entries(known)) {
    const value = form.text(name)
    if ((codes as readonly string[]).includes(value ?? '')) query.set(name, value ?? '')
  }
  for (const name of ['from', 'to'] as const) {
    const { instant, isWrong } = boundOf(form, name, visit.when.zone)
    if (instant !== null) query.set(name, instant)
    if (isWrong) wrong.push({ field: name, message: t('audit.filter.wrong_day') })
  }
  const fields = new URLSearchParams()
  for (const name of FIELDS) {
    const value = form.text(name)
    if (value !== undefined) fields.set(name, value)
  }
  const chosen = [...fields.keys()].filter((name) => name !== 'order')
  return { query, fields, wrong, isEmpty: chosen.length === 0 }
}
