import { stringify } from 'csv-stringify/sync'
import { Readable } from 'node:stream'
import { inert } from '../../../src/spreadsheet.ts'
import type { Value } from './grid.ts'

const cellOf = (cell: Value | null): string =>
  typeof cell === 'string' ? inert(cell) : String(cell ?? '')

type Rows = AsyncIterable<readonly (Value | null)[]>

async function* linesOf(columns: readonly string[], rows: Rows): AsyncGenerator<string> {
  yield `\ufeff${columns.join(',')}\r\n`
  for await (const row of rows) {
    yield stringify([row.map(cellOf)], { quoted_match: /[\s'"]/, record_delimiter: 'windows' })
  }
}

/** CSV in UTF-8 (RFC 4180), a row at a time. */
export const writeCsv = (columns: readonly string[], rows: Rows): Readable =>
  Readable.from(linesOf(columns, rows), { objectMode: false })
