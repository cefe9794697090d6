import { setImmediate } from 'node:timers/promises'
import { CATEGORIES, type AgeBand, type Category } from '../../../src/contracts/codes.ts'
import { DATA_LIMIT_BYTES } from '../../../src/contracts/case.ts'
import { checkHtcds } from '../../../src/contracts/htcds.ts'
import type { CellNote, ImportColumn } from '../../../src/contracts/import.ts'
import { type Text, text } from '../../../src/problem.ts'
import { isStorable, whyUnstorable } from '../../../src/storable.ts'
import { isHtcds, readHeader, REFERENCE_COLUMN, type Column } from './columns.ts'
import { Unreadable, type Grid, type GridRow } from './grid.ts'
import { homeOf } from './plan-home.ts'
import { understand } from './values.ts'

/** A case as a row of a file makes it. */
export interface ReadyCase {
  readonly age_band: AgeBand
  readonly data: Partial<Record<Category, Record<string, unknown>>>
}

/** What becomes of a row: a case, or what is wrong with it; notes hold no value of any cell. */
export interface ReadRow {
  readonly row: number
  readonly made: ReadyCase | null
  /** The submission that it is, where a form says so, and the case of this hub that it came from. */
  readonly origin: { readonly instance: string | null; readonly reference: string | null }
  readonly notes: readonly CellNote[]
}

const CONSENT = text(
  'Tanda setuju dari berkas tidak mengizinkan apa pun di hub; catat persetujuan di sini.',
  'A tick of consent in a file permits nothing in the hub; record consent here.',
)
const KEPT = text(
  'Hub mencatat ini sendiri; nilainya disimpan sebagai catatan pada kategori narrative.',
  'The hub keeps its own record of this; the value is kept as a note in the category narrative.',
)

const TOO_MUCH = text(
  'Satu kategori memuat paling banyak 64 KiB; ringkas baris ini.',
  'One category holds at most 64 KiB; shorten this row.',
)

const NO_OBJECT = text(
  'Kolom ini dibuat hub; ekspor lagi sebagai CSV dan biarkan isinya.',
  'The hub makes this column; export again as CSV and leave what it holds.',
)

const objectIn = (json: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(json)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

const ageBandOf = (birthdate: unknown, now: Date): AgeBand => {
  if (typeof birthdate !== 'string') return 'unknown'
  const today = now.toISOString().slice(0, 10)
  const isBefore = today.slice(5) < birthdate.slice(5)
  const age = Number(today.slice(0, 4)) - Number(birthdate.slice(0, 4)) - (isBefore ? 1 : 0)
  if (age < 0 || age > 130) return 'unknown'
  const bands: readonly (readonly [number, AgeBand])[] = [
    [12, 'under_12'],
    [18, 'from_12_to_17'],
    [25, 'from_18_to_24'],
    [40, 'from_25_to_39'],
    [60, 'from_40_to_59'],
  ]
  return bands.find(([end]) => age < end)?.[1] ?? 'from_60'
}

/** One row's making: cells become fields of categories, with notes on the way. */
class Making {
  readonly data: Partial<Record<Category, Record<string, unknown>>> = {}
  readonly source: Record<string, unknown> = {}
  readonly notes: CellNote[] = []
  readonly places = new Map<string, string>()
  readonly row: GridRow
  constructor(row: GridRow) {
    this.row = row
  }

  note(column: Column, level: CellNote['level'], message: Text): void {
    const cell = `${column.place}${column.place === column.header ? ' ' : ''}${this.row.number}`
    this.notes.push({ cell, field: column.field ?? column.header, level, message })
  }

  noteRow(field: string, message: Text): void {
    this.notes.push({ cell: String(this.row.number), field, level: 'problem', message })
  }

  /** A value that has no field of its own is kept under the name that its column has. */
  keep(column: Column, value: unknown): void {
    const name = `from_${column.field ?? (column.header || column.place)}`.slice(0, 120)
    const free = name in this.source ? `${name}_${column.place}` : name
    this.source[free] = value
  }

  take(column: Column, planType: unknown): void {
    const raw = this.row.cells.get(column.index)
    if (raw === undefined) return
    const unstorable = whyUnstorable(raw)
    if (unstorable !== null) return this.note(column, 'problem', unstorable)
    if (column.isNumbering || column.rest !== null) return
    if (column.field === null) {
      this.keep(column, raw)
      return
    }
    const understood = understand(column.field, raw)
    if ('cure' in understood) {
      this.note(column, 'problem', understood.cure)
      return
    }
    if (understood.note !== undefined) this.note(column, 'notice', understood.note)
    if (understood.kept !== undefined) this.keep(column, understood.kept)
    const home = homeOf(column.field, planType)
    if (home === undefined) {
      this.note(column, 'notice', column.field === 'con_Consent' ? CONSENT : KEPT)
      this.keep(column, understood.value)
      return
    }
    const fields = (this.data[home] ??= {})
    if (column.field in fields) {
      this.note(column, 'problem', text('Kolom ini ada dua kali.', 'This column is there twice.'))
    }
    fields[column.field] = understood.value
    this.places.set(column.field, column.place)
  }

  /** What a file of the hub says beside the columns of HTCDS; it is exact and counts before them. */
  takeRest(column: Column): void {
    const raw = this.row.cells.get(column.index)
    if (raw === undefined || column.rest === null) return
    const fields = objectIn(String(raw))
    const wrong = fields === null ? NO_OBJECT : whyUnstorable(fields)
    if (wrong !== null) this.note(column, 'problem', wrong)
    else this.data[column.rest] = { ...this.data[column.rest], ...fields }
  }

  /** What only the whole row shows to be wrong. */
  check(columns: readonly Column[]): void {
    if (Object.keys(this.source).length > 0) {
      const before = this.data.narrative?.['source_record']
      const kept = typeof before === 'object' ? before : null
      this.data.narrative = { ...this.data.narrative, source_record: { ...kept, ...this.source } }
    }
    for (const category of CATEGORIES) {
      for (const error of checkHtcds(category, this.data[category] ?? {})) {
        const field = error.field.split('.')[0] ?? ''
        const column = columns.find((each) => each.field === field)
        if (column === undefined) this.noteRow(error.field, error.message)
        else this.note(column, 'problem', error.message)
      }
      const size = Buffer.byteLength(JSON.stringify(this.data[category] ?? {}))
      if (size > DATA_LIMIT_BYTES) this.noteRow(category, TOO_MUCH)
    }
  }
}

const INSTANCE = /(^|\/)(instanceID|_uuid)$/

const originOf = (row: GridRow, columns: readonly Column[]): ReadRow['origin'] => {
  const cellOf = (column: Column | undefined): string | null => {
    const value = column === undefined ? undefined : row.cells.get(column.index)
    return value === undefined || !isStorable(String(value)) ? null : String(value).trim()
  }
  const own = columns.filter(({ isNumbering }) => isNumbering)
  const instance = cellOf(own.find(({ header }) => INSTANCE.test(header)))
  return {
    instance: instance?.replace(/^uuid:/, '') ?? null,
    reference: cellOf(own.find(({ header }) => header === REFERENCE_COLUMN)),
  }
}

const readRow = (row: GridRow, columns: readonly Column[], now: Date): ReadRow => {
  const making = new Making(row)
  const typeColumn = columns.find(({ field }) => field === 'spl_Type')
  const rawType = typeColumn === undefined ? undefined : row.cells.get(typeColumn.index)
  const type = rawType === undefined ? null : understand('spl_Type', rawType)
  const planType = type !== null && 'value' in type ? type.value : null
  for (const column of columns) making.take(column, planType)
  for (const column of columns) making.takeRest(column)
  making.check(columns)
  const origin = originOf(row, columns)
  if (making.notes.some(({ level }) => level === 'problem')) {
    return { row: row.number, made: null, origin, notes: making.notes }
  }
  const { data } = making
  const age_band = ageBandOf(data.identity?.['prs_Birthdate'], now)
  return { row: row.number, made: { age_band, data }, origin, notes: making.notes }
}

export interface ReadFile {
  readonly columns: readonly ImportColumn[]
  readonly rows: readonly ReadRow[]
}

interface RowByRow {
  readonly columns: readonly ImportColumn[]
  readonly rows: Iterable<ReadRow>
}

function* each(rows: readonly GridRow[], read: (row: GridRow) => ReadRow): Generator<ReadRow> {
  for (const row of rows) yield read(row)
}

const rowByRow = (grid: Grid, now: Date): RowByRow => {
  const header = readHeader(grid)
  if (!isHtcds(header)) {
    throw new Unreadable(
      'Tidak ada kolom HTCDS. Baris pertama harus memuat nama teknis, seperti prs_FirstName.',
      'There is no column of HTCDS. The first row must hold technical names, such as prs_FirstName.',
    )
  }
  const { columns } = header
  const unnamed = columns.find(({ header: name }) => !isStorable(name))
  if (unnamed !== undefined) {
    const n = unnamed.index + 1
    throw new Unreadable(
      `Nama kolom ke-${n} memuat karakter yang tidak dapat disimpan; tulis ulang namanya.`,
      `The name of column ${n} has a character that cannot be kept; write it anew.`,
    )
  }
  const numbering = columns.filter((column) => column.isNumbering).map((column) => column.index)
  const isFilled = (row: GridRow): boolean =>
    [...row.cells.keys()].some((index) => !numbering.includes(index))
  return {
    columns: columns.map(({ place, header: name, field, note }) => ({
      column: place,
      header: name,
      field,
      note,
    })),
    rows: each(header.rows.filter(isFilled), (row) => readRow(row, columns, now)),
  }
}

/** Rows between which others get their turn. */
const TURN = 20

/**
 * Reads a file of HTCDS, beside other work of the process: every row becomes a case or says what is wrong
 * with it. @throws Unreadable
 */
export const readCases = async (grid: Grid, now: Date): Promise<ReadFile> => {
  const { columns, rows } = rowByRow(grid, now)
  const read: ReadRow[] = []
  for (const row of rows) {
    read.push(row)
    if (read.length % TURN === 0) await setImmediate()
  }
  return { columns, rows: read }
}
