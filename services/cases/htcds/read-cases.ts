import { CATEGORIES, type AgeBand, type Category } from '../../../src/contracts/codes.ts'
import { checkHtcds, homesOf, htcdsField } from '../../../src/contracts/htcds.ts'
import type { CellNote, ImportColumn } from '../../../src/contracts/import.ts'
import type { Text } from '../../../src/problem.ts'
import { isHtcds, readHeader, type Column } from './columns.ts'
import { Unreadable, type Grid, type GridRow } from './grid.ts'
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
  readonly notes: readonly CellNote[]
}

const text = (id: string, en: string): Text => ({ id, en })
const CONSENT = text(
  'Tanda setuju dari berkas tidak mengizinkan apa pun di hub; catat persetujuan di sini.',
  'A tick of consent in a file permits nothing in the hub; record consent here.',
)
const KEPT = text(
  'Hub mencatat ini sendiri; nilainya disimpan sebagai catatan pada kategori narrative.',
  'The hub keeps its own record of this; the value is kept as a note in the category narrative.',
)

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

const PLAN_HOMES: Readonly<Record<string, Category>> = {
  Health: 'health_physical',
  Legal: 'legal',
  SocialCare: 'family',
}

const homeOf = (field: string, planType: unknown): Category | undefined => {
  const homes = homesOf(field)
  if (homes.length <= 1) return homes[0]
  return PLAN_HOMES[String(planType)] ?? 'economic'
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

  /** A value that has no field of its own is kept under the name that its column has. */
  keep(column: Column, value: unknown): void {
    const name = `from_${column.field ?? (column.header || column.place)}`.slice(0, 120)
    const free = name in this.source ? `${name}_${column.place}` : name
    this.source[free] = value
  }

  take(column: Column, planType: unknown): void {
    const raw = this.row.cells.get(column.index)
    if (raw === undefined || column.isNumbering) return
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

  /** What only the whole row shows to be wrong. */
  check(columns: readonly Column[]): void {
    for (const category of CATEGORIES) {
      for (const error of checkHtcds(category, this.data[category] ?? {})) {
        const field = error.field.split('.')[0] ?? ''
        const column = columns.find((each) => each.field === field)
        if (column !== undefined) this.note(column, 'problem', error.message)
      }
    }
  }
}

const readRow = (row: GridRow, columns: readonly Column[], now: Date): ReadRow => {
  const making = new Making(row)
  const typeColumn = columns.find(({ field }) => field === 'spl_Type')
  const rawType = typeColumn === undefined ? undefined : row.cells.get(typeColumn.index)
  const type = rawType === undefined ? null : understand('spl_Type', rawType)
  const planType = type !== null && 'value' in type ? type.value : null
  for (const column of columns) making.take(column, planType)
  making.check(columns)
  if (making.notes.some(({ level }) => level === 'problem')) {
    return { row: row.number, made: null, notes: making.notes }
  }
  const { data, source } = making
  if (Object.keys(source).length > 0) {
    data.narrative = { ...data.narrative, source_record: source }
  }
  const age_band = ageBandOf(data.identity?.['prs_Birthdate'], now)
  return { row: row.number, made: { age_band, data }, notes: making.notes }
}

export interface ReadFile {
  readonly columns: readonly ImportColumn[]
  readonly rows: readonly ReadRow[]
}

/** Reads a file of HTCDS: every row becomes a case or says what is wrong with it. @throws Unreadable */
export const readCases = (grid: Grid, now: Date): ReadFile => {
  const header = readHeader(grid)
  if (!isHtcds(header)) {
    throw new Unreadable(
      'Tidak ada kolom HTCDS. Baris pertama harus memuat nama teknis, seperti prs_FirstName.',
      'There is no column of HTCDS. The first row must hold technical names, such as prs_FirstName.',
    )
  }
  const { columns } = header
  const numbering = columns.filter((column) => column.isNumbering).map((column) => column.index)
  const isFilled = (row: GridRow): boolean =>
    [...row.cells.keys()].some((index) => !numbering.includes(index))
  return {
    columns: columns.map(({ place, header: name, field, note }) => ({
      column: place,
      header: name,
      field: field !== null && htcdsField(field) !== undefined ? field : null,
      note,
    })),
    rows: header.rows.filter(isFilled).map((row) => readRow(row, columns, now)),
  }
}
