import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FieldError, type Text, text } from '../problem.ts'
import type { Category, Held } from './codes.ts'

/** One field of the standard. */
export interface HtcdsField {
  readonly field: string
  readonly label: string
  readonly type: string
  readonly codelist: string
  readonly status: string
}

/** Vocabulary of case data: HTCDS 2.0 (IOM, CC BY 4.0; see htcds/README.md) and local codes. */
interface Standard {
  readonly fields: readonly HtcdsField[]
  readonly codelists: Readonly<Record<string, readonly { code: string; label: string }[]>>
}

const standard = JSON.parse(
  readFileSync(join(import.meta.dirname, 'htcds', 'htcds-2.0.json'), 'utf8'),
) as Standard

/** What HTCDS cannot say; exported to others as `Other`. */
export const LOCAL_CODES: Readonly<Record<string, readonly string[]>> = {
  vic_MethodsOfControl: ['x-RestrictsCommunication', 'x-WagesUnpaid'],
  vic_MethodOfRecruitment: ['x-NonProcedural'],
}

const FIELDS = new Map(standard.fields.map((row) => [row.field, row]))

/** The fields of the standard, in its order, and one by its name. */
export const HTCDS_FIELDS: readonly HtcdsField[] = standard.fields
export const htcdsField = (name: string): HtcdsField | undefined => FIELDS.get(name)

/** Codes and labels as the standard publishes them; empty when the field has no code list. */
export const labelsOf = (field: string): readonly { code: string; label: string }[] =>
  standard.codelists[FIELDS.get(field)?.codelist ?? ''] ?? []

/** How every field of the standard begins, and no plain name. */
export const PREFIX = /^(org|prs|vic|per|cas|cco|hte|spl|con)_/

/** The codes that a field may hold, local ones included; null when it has no code list. */
export const codesOf = (field: string): readonly string[] | null => {
  const list = standard.codelists[FIELDS.get(field)?.codelist ?? '']
  if (list === undefined) return null
  return [...list.map((row) => row.code), ...(LOCAL_CODES[field] ?? [])]
}

const PLAN: readonly Category[] = [
  'legal',
  'health_physical',
  'health_mental',
  'economic',
  'family',
]

/** First match wins. An empty list: the hub keeps this itself, as a record and not as a field. */
const HOMES: readonly (readonly [RegExp, readonly Category[]])[] = [
  [/^(con_|cas_|vic_AgreementToManagePersonalData$)/, []],
  [/^prs_(MaritalStatus|NumberOfChildren)$/, ['family']],
  [/^prs_HighestLevelOfEducation$/, ['economic']],
  [/^prs_(Email|HomePhone|MobilePhone)$/, ['contact']],
  [/^prs_Mailing/, ['location']],
  [/^prs_/, ['identity']],
  [/^spl_/, PLAN],
  [/^cco_/, ['narrative']],
  [/^(vic|hte|per|org)_/, ['exploitation']],
]

/** The data categories that a field of HTCDS may be written in. Free text is narrative. */
export const homesOf = (field: string): readonly Category[] => {
  const homes = HOMES.find(([pattern]) => pattern.test(field))?.[1] ?? []
  const isFreeText = FIELDS.get(field)?.type === 'Long Text'
  return isFreeText && homes.length > 0 ? ['narrative'] : homes
}

const plain = (name: string): string => name.replace(/[_\s-]/g, '').toLowerCase()

const unknownField = (field: string): Text => {
  const near = [...FIELDS.keys()].find((known) => plain(known) === plain(field))
  return near === undefined
    ? text(
        'Bukan isian HTCDS 2.0; pakai nama biasa tanpa awalan HTCDS.',
        'It is no field of HTCDS 2.0; use a plain name without the prefix of HTCDS.',
      )
    : text(`Maksudnya ${near}? Tulis begitu.`, `Is ${near} meant? Write it so.`)
}

const unknownCode = (field: string, value: unknown, codes: readonly string[]): Text => {
  const wanted = typeof value === 'string' ? plain(value) : ''
  const labels = standard.codelists[FIELDS.get(field)?.codelist ?? ''] ?? []
  const near =
    codes.find((code) => plain(code) === wanted) ??
    labels.find((row) => plain(row.label) === wanted)?.code
  if (near !== undefined) return text(`Tulis kodenya: ${near}.`, `Write its code: ${near}.`)
  return text(`Pilih dari: ${codes.join(', ')}.`, `Choose from: ${codes.join(', ')}.`)
}

const isDay = (value: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(`${value}T00:00Z`).toJSON()?.slice(0, 10) === value

interface Form {
  readonly fits: (value: unknown) => boolean
  readonly message: Text
}

const string = (pattern: RegExp, message: Text): Form => ({
  fits: (value) => typeof value === 'string' && pattern.test(value),
  message,
})
const DAY: Form = {
  fits: (value) => typeof value === 'string' && isDay(value),
  message: text('Tulis tanggal sebagai TTTT-BB-HH.', 'Write the day as YYYY-MM-DD.'),
}
const COUNTRY = string(
  /^[A-Z]{2}$/,
  text('Tulis kode negara ISO 3166-1 dua huruf: ID.', 'Write the two-letter ISO 3166-1 code: ID.'),
)
const LANGUAGE = string(
  /^[a-z]{2,3}$/,
  text('Tulis kode bahasa ISO 639: id atau ind.', 'Write the ISO 639 code: id or ind.'),
)
const PHONE = string(
  /^\+?[1-9]\d{1,14}$/,
  text('Tulis nomor E.164: +62...', 'Write the number as E.164: +62...'),
)
const FORMS: Readonly<Record<string, Form>> = {
  Date: DAY,
  Number: {
    fits: (value) => typeof value === 'number' && Number.isFinite(value),
    message: text('Tulis sebagai angka.', 'Write a number.'),
  },
  Geolocation: {
    fits: (value) => typeof value === 'number' && Math.abs(value) <= 180,
    message: text('Tulis derajat sebagai angka.', 'Write degrees as a number.'),
  },
  Checkbox: {
    fits: (value) => typeof value === 'boolean',
    message: text('Tulis true atau false.', 'Write true or false.'),
  },
}
const SOME_TEXT = string(/\S/, text('Tulis sebagai teks.', 'Write text.'))

const formOf = (field: string, type: string): Form => {
  if (/(Country|Citizenship)$/.test(field)) return COUNTRY
  if (/^prs_(Primary|Secondary)Language$/.test(field)) return LANGUAGE
  if (field.endsWith('Phone')) return PHONE
  return FORMS[type] ?? SOME_TEXT
}

const checkValue = (field: string, value: unknown, path: string): FieldError | null => {
  const codes = codesOf(field)
  if (codes !== null) {
    const isKnown = typeof value === 'string' && codes.includes(value)
    return isKnown ? null : { field: path, message: unknownCode(field, value, codes) }
  }
  const form = formOf(field, FIELDS.get(field)?.type ?? '')
  return form.fits(value) ? null : { field: path, message: form.message }
}

const LIST = text(
  'Tulis sebagai daftar kode: ["Kode1", "Kode2"].',
  'Write a list of codes: ["Code1", "Code2"].',
)
const KEPT_BY_HUB = text(
  'Hub mencatat ini sendiri (persetujuan, rujukan, status kasus); hapus isian ini.',
  'The hub records this itself (consent, referral, case status); remove this field.',
)
const TOO_DEEP = text('Terlalu dalam; ratakan isian ini.', 'It is nested too deep; flatten it.')
const MAX_DEPTH = 4

const checkField = (category: Held, field: string, value: unknown, path: string): FieldError[] => {
  if (!FIELDS.has(field)) return [{ field: path, message: unknownField(field) }]
  const homes: readonly Held[] = homesOf(field)
  if (homes.length === 0) return [{ field: path, message: KEPT_BY_HUB }]
  if (!homes.includes(category)) {
    const where = homes.join(', ')
    const message = text(`Tulis pada kategori: ${where}.`, `Write it in the category: ${where}.`)
    return [{ field: path, message }]
  }
  const isList = FIELDS.get(field)?.type === 'Multiselect Picklist'
  if (isList && !Array.isArray(value)) return [{ field: path, message: LIST }]
  const checked = isList
    ? (value as unknown[]).map((item, index) => checkValue(field, item, `${path}.${index}`))
    : [checkValue(field, value, path)]
  return checked.filter((error) => error !== null)
}

const checkInside = (category: Held, value: unknown, path: string, depth: number): FieldError[] => {
  if (typeof value !== 'object' || value === null) return []
  if (depth > MAX_DEPTH) return [{ field: path, message: TOO_DEEP }]
  return Object.entries(value).flatMap(([name, inner]) => {
    const innerPath = path === '' ? name : `${path}.${name}`
    if (PREFIX.test(name)) {
      return inner === null ? [] : checkField(category, name, inner, innerPath)
    }
    return checkInside(category, inner, innerPath, depth + 1)
  })
}

/**
 * What is wrong with the HTCDS-coded fields of one data category: an unknown field or code, a value
 * of the wrong form, or a field that belongs to another category and thus to another consent.
 * A null value says that nothing is known. Fields under plain names are not judged, but looked into.
 */
export const checkHtcds = (category: Held, data: Readonly<Record<string, unknown>>): FieldError[] =>
  checkInside(category, data, '', 0)
