import { stringify } from 'csv-stringify/sync'
import { Readable } from 'node:stream'
import type { Value } from './grid.ts'

/** What spreadsheets compute, in any script, and what the quote before it looks like. */
const COMPUTED = /^'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/

/** Text that a spreadsheet would compute gets a quote in front, which readCsv takes off again. */
const inert = (cell: Value | null): string => {
  if (cell === null) return ''
  return typeof cell === 'string' && COMPUTED.test(cell) ? `'${cell}` : String(cell)
}

type Rows = AsyncIterable<readonly (Value | null)[]>

async function* linesOf(columns: readonly string[], rows: Rows): AsyncGenerator<string> {
  yield `\ufeff${columns.join(',')}\r\n`
  for await (const row of rows) {
    yield stringify([row.map(inert)], { quoted_match: /[\s'"]/, record_delimiter: 'windows' })
  }
}

/** CSV in UTF-8 (RFC 4180), a row at a time. */
export const writeCsv = (columns: readonly string[], rows: Rows): Readable =>
  Readable.from(linesOf(columns, rows), { objectMode: false })
