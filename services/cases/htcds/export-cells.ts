import { isDeepStrictEqual } from 'node:util'
import { CATEGORIES, type Category } from '../../../src/contracts/codes.ts'
import { HTCDS_FIELDS, LOCAL_CODES } from '../../../src/contracts/htcds.ts'
import { REFERENCE_COLUMN, restColumn } from './columns.ts'
import type { Value } from './grid.ts'
import { homeOf } from './plan-home.ts'
import { understand } from './values.ts'

type Fields = Readonly<Record<string, unknown>>
export type ExportedData = Readonly<Partial<Record<Category, Fields>>>

/**
 * The columns of an export: the case's reference, the fields of HTCDS 2.0 in the order of the standard, and
 * one a category for what the standard cannot say, as JSON.
 */
export const EXPORT_COLUMNS: readonly string[] = [
  REFERENCE_COLUMN,
  ...HTCDS_FIELDS.map(({ field }) => field),
  ...CATEGORIES.map(restColumn),
]

const isLocal = (field: string, code: unknown): boolean =>
  typeof code === 'string' && (LOCAL_CODES[field] ?? []).includes(code)
const codeFor = (field: string, code: unknown): unknown => (isLocal(field, code) ? 'Other' : code)

/** How HTCDS 2.0 says a value in one cell; null when it cannot. */
const cellOf = (field: string, value: unknown): Value | null => {
  if (Array.isArray(value)) {
    const codes = value.map((code) => codeFor(field, code))
    return codes.length > 0 && codes.every((code) => typeof code === 'string')
      ? [...new Set(codes)].join(';')
      : null
  }
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'string' || value.trim() === '') return null
  return String(codeFor(field, value))
}

/** Whether a reader of the cell understands it, and whether it alone gives back what the case holds. */
const readBack = (field: string, cell: Value | null, value: unknown) => {
  const understood = cell === null ? null : understand(field, String(cell))
  const isReadable = understood !== null && 'value' in understood
  return { isReadable, isExact: isReadable && isDeepStrictEqual(understood.value, value) }
}

/** Plans may stand in several categories and have one set of columns: the type that has its own gets it. */
const planTypeOf = (data: ExportedData): unknown =>
  CATEGORIES.map((category) => [category, data[category]?.['spl_Type']] as const).find(
    ([category, type]) => type !== undefined && homeOf('spl_Type', type) === category,
  )?.[1]

/**
 * The cells of one case, in the order of EXPORT_COLUMNS; null: empty. Whatever a column cannot say exactly
 * stands in its category's last column as well, so that reading the row gives the same data.
 */
export const cellsOf = (reference: string, data: ExportedData): (Value | null)[] => {
  const cells = new Map<string, Value>([[REFERENCE_COLUMN, reference]])
  const isField = new Set(EXPORT_COLUMNS)
  const planType = planTypeOf(data)
  for (const category of CATEGORIES) {
    const fields = data[category]
    if (fields === undefined) continue
    const rest: Record<string, unknown> = {}
    for (const [field, value] of Object.entries(fields)) {
      // The column of the type says whose plan the other columns are.
      const home = field === 'spl_Type' && value !== planType ? null : homeOf(field, planType)
      const mayHave = isField.has(field) && home === category
      const cell = mayHave ? cellOf(field, value) : null
      const { isReadable, isExact } = readBack(field, cell, value)
      if (cell !== null && isReadable) cells.set(field, cell)
      if (!isExact) rest[field] = value
    }
    const isBare = Object.keys(fields).length === 0
    if (isBare || Object.keys(rest).length > 0) {
      cells.set(restColumn(category), JSON.stringify(rest))
    }
  }
  return EXPORT_COLUMNS.map((column) => cells.get(column) ?? null)
}
