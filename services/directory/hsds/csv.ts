import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { asWritten, inert } from '../../../src/spreadsheet.ts'
import type { Document, Row } from './rows.ts'
import { TABLES, type Table } from './relations.ts'
import { columnsOf, isNumber } from './standard.ts'

/** A line of a file as a document, with the number of the line it began on. */
export interface Line {
  readonly line: number
  readonly document: Document
}

/** A number where the standard has a number; what is no number is left for the check to name. */
const typed = (table: Table, column: string, text: string): string | number =>
  isNumber(table, column) && /^-?\d{1,15}(\.\d{1,10})?$/.test(text) ? Number(text) : asWritten(text)

/**
 * Reads a file of the tabular package (RFC 4180, UTF-8). An empty cell says nothing.
 * @throws CsvError when it is not CSV
 */
export const readCsv = (table: Table, content: string): Line[] => {
  const records = parse(content, {
    columns: (header: string[]) => header.map((name) => name.trim()),
    bom: true,
    skip_empty_lines: true,
    relax_column_count: false,
    info: true,
  }) as unknown as { record: Record<string, string>; info: { lines: number } }[]
  return records.map(({ record, info }) => ({
    line: info.lines,
    document: Object.fromEntries(
      Object.entries(record)
        .filter(([, text]) => text !== '')
        .map(([column, text]) => [column, typed(table, column, text)]),
    ),
  }))
}

/** A row as a line of its table. Of several owners a line can name one. */
export const lineOf = (row: Row): Record<string, unknown> => {
  const links = Object.entries(row.links).flatMap(([key, [first]]) =>
    first === undefined ? [] : [[key, first]],
  )
  return { ...row.own, ...Object.fromEntries(links) }
}

/** Telephone numbers and degrees, which other readers of the standard take as they stand. */
const NUMBER = /^[+-]?[\d][\d ().-]*$/

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return JSON.stringify(value)
  return NUMBER.test(value) ? value : inert(value)
}

/** Lines of one table, columns in the order of the standard, those it does not have behind them. */
export const writeCsv = (table: Table, rows: readonly Row[], header = true): string => {
  const lines = rows.map(lineOf)
  const known = columnsOf(table)
  const further = new Set(lines.flatMap((line) => Object.keys(line)))
  const columns = [...known, ...[...further].filter((column) => !known.includes(column))]
  const records = lines.map((line) => columns.map((column) => cell(line[column])))
  return stringify(header ? [columns, ...records] : records, { record_delimiter: '\r\n' })
}

export const tableOfFile = (name: string): Table | null => {
  const file = name.split('/').at(-1)?.toLowerCase() ?? ''
  return (Object.keys(TABLES) as Table[]).find((table) => TABLES[table] === file) ?? null
}
