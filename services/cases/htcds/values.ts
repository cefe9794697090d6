import { codesOf, htcdsField, labelsOf } from '../../../src/contracts/htcds.ts'
import { type Text, text } from '../../../src/problem.ts'
import { plain } from './columns.ts'
import type { Value } from './grid.ts'

/**
 * What a cell says in codes of 2.0: the value, or the cure. `kept`: what 2.0 cannot say of it, to be kept
 * beside as it stands.
 */
export type Understood =
  | { readonly value: unknown; readonly note?: Text; readonly kept?: string }
  | { readonly cure: Text }

/** Codes of earlier versions and of the definitions, by field. A null has no one code in 2.0. */
const CODE_ALIASES: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  prs_Gender: {
    male: 'Masculine',
    female: 'Feminine',
    transgender: null,
    unknown: 'NonSpecifiedUnknown',
    lakilaki: 'Masculine',
    perempuan: 'Feminine',
  },
  vic_MethodsOfControl: {
    psychoactivesubstances: 'PsychoactiveSubstance',
    threatoflawenforcement: 'ThreatsLawEnforcement',
    threats: 'PhysicalThreats',
    restrictsmovement: 'Other',
    useschildren: 'Other',
  },
  vic_RelationshipToTrafficker: { unacquainted: 'Unaquainted' },
}
/** Terms that are defined and have no code: they land as Other. */
const WITHOUT_CODE: readonly string[] = ['restrictsmovement', 'useschildren']

const codeOf = (field: string, term: string): string | null | undefined => {
  const wanted = plain(term)
  const code = codesOf(field)?.find((each) => plain(each) === wanted)
  if (code !== undefined) return code
  const label = labelsOf(field).find((each) => plain(each.label) === wanted)
  if (label !== undefined) return label.code
  const prefix = plain(field.slice(field.indexOf('_') + 1))
  const short = wanted.startsWith(prefix) ? wanted.slice(prefix.length) : wanted
  const aliases = CODE_ALIASES[field] ?? {}
  if (wanted in aliases) return aliases[wanted]
  if (short in aliases) return aliases[short]
  return codesOf(field)?.find((each) => plain(each) === short)
}

/** Labels hold commas and semicolons themselves, so that the longest run of parts that is a term counts. */
const termsIn = (field: string, value: string): string[] | null => {
  if (codeOf(field, value) !== undefined) return [value]
  const parts = value.split(/[;,|\n]/)
  const found: string[] = []
  for (let from = 0; from < parts.length;) {
    let to = parts.length
    while (to > from && codeOf(field, parts.slice(from, to).join(' ')) === undefined) to -= 1
    if (to === from) {
      if (parts[from]?.trim() !== '') break
      from += 1
      continue
    }
    found.push(parts.slice(from, to).join(' '))
    from = to
    if (from === parts.length) return found
  }
  const words = value.trim().split(/\s+/)
  return words.every((word) => codeOf(field, word) !== undefined) ? words : null
}

const coded = (field: string, value: string, codes: readonly string[]): Understood => {
  const list = codes.filter((code) => !code.startsWith('x-')).join(', ')
  const terms = termsIn(field, value)
  if (terms === null || terms.some((term) => codeOf(field, term) === null)) {
    return { cure: text(`Pilih dari: ${list}.`, `Choose from: ${list}.`) }
  }
  const found = [...new Set(terms.map((term) => codeOf(field, term) as string))]
  const lost = terms.filter((term) => WITHOUT_CODE.some((each) => plain(term).endsWith(each)))
  const isList = htcdsField(field)?.type === 'Multiselect Picklist'
  if (!isList && found.length > 1) {
    const note = text(
      'HTCDS 2.0 menerima satu kode; yang pertama diambil, semuanya disimpan sebagai catatan.',
      'HTCDS 2.0 takes one code; the first is taken and all of them are kept as a note.',
    )
    return { value: found[0], note, kept: value }
  }
  const said = isList ? found : found[0]
  if (lost.length === 0) return { value: said }
  const note = text(
    'Istilah ini didefinisikan tetapi tidak punya kode; ditulis Other, aslinya disimpan sebagai catatan.',
    'This term is defined and has no code; it is written as Other and kept as a note.',
  )
  return { value: said, note, kept: value }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')
const PAIRS = LETTERS.flatMap((a) => LETTERS.map((b) => a + b))

/** Names in English and Indonesian of what has a two-letter code. */
const namesOf = (type: 'region' | 'language'): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const locale of ['en', 'id']) {
    const display = new Intl.DisplayNames([locale], { type, fallback: 'none' })
    for (const pair of PAIRS) {
      const code = type === 'region' ? pair : pair.toLowerCase()
      const name = display.of(code)
      if (name !== undefined && !names.has(plain(name))) names.set(plain(name), code)
    }
  }
  return names
}
const REGIONS = namesOf('region')
const LANGUAGES = namesOf('language')

const country = (value: string): Understood => {
  const code = value.trim().toUpperCase()
  if (/^[A-Z]{2}$/.test(code) && [...REGIONS.values()].includes(code)) return { value: code }
  const named = REGIONS.get(plain(value))
  if (named !== undefined) return { value: named }
  return {
    cure: text(
      'Tulis kode negara ISO 3166-1 dua huruf: ID.',
      'Write the two-letter ISO 3166-1 code: ID.',
    ),
  }
}

const countries = (value: string): Understood => {
  const parts = value.split(/[;,|\n]/).filter((part) => part.trim() !== '')
  const whole = country(value)
  const all = 'value' in whole ? [whole] : parts.map(country)
  const wrong = all.find((each) => 'cure' in each)
  if (wrong !== undefined) return wrong
  return { value: all.map((each) => ('value' in each ? each.value : null)) }
}

const language = (value: string): Understood => {
  const code = value.trim().toLowerCase()
  const named = LANGUAGES.get(plain(value))
  if (named !== undefined) return { value: named }
  if (/^[a-z]{2,3}$/.test(code)) return { value: code }
  return {
    cure: text('Tulis kode bahasa ISO 639: id atau ind.', 'Write the ISO 639 code: id or ind.'),
  }
}

const DAY_CURE = text('Tulis tanggal sebagai TTTT-BB-HH.', 'Write the day as YYYY-MM-DD.')
/** Days between 1899-12-30, from which Excel counts, and 1970-01-01. */
const EXCEL_EPOCH_DAYS = 25_569

const realDay = (year: number, month: number, day: number): string | null => {
  const at = new Date(Date.UTC(year, month - 1, day))
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day
    ? at.toISOString().slice(0, 10)
    : null
}

const date = (value: Value): Understood => {
  if (typeof value === 'number') {
    if (!(value >= 1 && value <= 80_000)) return { cure: DAY_CURE }
    const at = new Date((Math.floor(value) - EXCEL_EPOCH_DAYS) * 86_400_000)
    return { value: at.toISOString().slice(0, 10) }
  }
  const written = String(value).trim()
  const iso = /^(\d{4})-(\d{2})-(\d{2})($|[T ])/.exec(written)
  if (iso !== null) {
    const day = realDay(Number(iso[1]), Number(iso[2]), Number(iso[3]))
    return day === null ? { cure: DAY_CURE } : { value: day }
  }
  const [, a = '', b = '', year = ''] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(written) ?? []
  if (year === '') return { cure: DAY_CURE }
  const [first, second] = [Number(a), Number(b)]
  if (first <= 12 && second <= 12 && first !== second) {
    const id = 'Hari dan bulan bisa tertukar; tulis tanggal sebagai TTTT-BB-HH.'
    return { cure: text(id, 'Day and month could be swapped; write the day as YYYY-MM-DD.') }
  }
  const day =
    first > 12 ? realDay(Number(year), second, first) : realDay(Number(year), first, second)
  return day === null ? { cure: DAY_CURE } : { value: day }
}

const TRUE: readonly string[] = ['true', 'yes', 'ya', 'y', '1', 'x']
const FALSE: readonly string[] = ['false', 'no', 'tidak', 'n', '0']

const checkbox = (value: Value): Understood => {
  const said = plain(String(value))
  if (TRUE.includes(said)) return { value: true }
  if (FALSE.includes(said)) return { value: false }
  return { cure: text('Tulis TRUE atau FALSE.', 'Write TRUE or FALSE.') }
}

const phone = (value: Value): Understood => {
  const digits = String(value).replace(/[\s().-]/g, '')
  if (/^\+?[1-9]\d{1,14}$/.test(digits)) return { value: digits }
  return { cure: text('Tulis nomor E.164: +62...', 'Write the number as E.164: +62...') }
}

const amount = (value: Value): Understood => {
  const number = typeof value === 'number' ? value : Number(String(value).trim().replace(',', '.'))
  return Number.isFinite(number)
    ? { value: number }
    : { cure: text('Tulis sebagai angka.', 'Write a number.') }
}

/** Reads one cell as a field of HTCDS 2.0; codes and labels of any version become codes. */
export const understand = (field: string, value: Value): Understood => {
  const codes = codesOf(field)
  const written = String(value).trim()
  if (codes !== null) return coded(field, written, codes)
  if (field === 'prs_Citizenship') return countries(written)
  if (field.endsWith('Country')) return country(written)
  if (/^prs_(Primary|Secondary)Language$/.test(field)) return language(written)
  if (field.endsWith('Phone')) return phone(value)
  const type = htcdsField(field)?.type
  if (type === 'Date') return date(value)
  if (type === 'Checkbox') return checkbox(value)
  if (type === 'Number' || type === 'Geolocation') return amount(value)
  return { value: written }
}
