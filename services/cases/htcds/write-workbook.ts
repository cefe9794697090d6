import { Readable, type PassThrough } from 'node:stream'
import { ZipFile } from 'yazl'
import type { Text } from '../../../src/problem.ts'
import { CELL_MAX, lettersOf, type Value } from './grid.ts'

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const OPEN = 'http://schemas.openxmlformats.org'
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
const SHEET = 'xl/worksheets/sheet1.xml'

/** The parts of a workbook with one sheet (ECMA-376 part 1) that are the same for every one. */
const PARTS: Readonly<Record<string, string>> = {
  '[Content_Types].xml':
    `<Types xmlns="${OPEN}/package/2006/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/>` +
    `<Override PartName="/${SHEET}" ContentType="${TYPES}.worksheet+xml"/></Types>`,
  '_rels/.rels':
    `<Relationships xmlns="${OPEN}/package/2006/relationships"><Relationship Id="rId1" ` +
    `Type="${OPEN}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>` +
    '</Relationships>',
  'xl/workbook.xml':
    `<workbook xmlns="${OPEN}/spreadsheetml/2006/main" ` +
    `xmlns:r="${OPEN}/officeDocument/2006/relationships">` +
    '<sheets><sheet name="HTCDS" sheetId="1" r:id="rId1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    `<Relationships xmlns="${OPEN}/package/2006/relationships"><Relationship Id="rId1" ` +
    `Type="${OPEN}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
    '</Relationships>',
}

/** Stands in a cell whose text is longer than Excel can hold; a reader of the file is told so. */
export const TOO_LONG: Text = {
  id: 'Terlalu panjang untuk satu sel Excel; ekspor sebagai CSV.',
  en: 'Too long for a cell of Excel; export as CSV.',
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
/** Characters that XML has no room for, as Excel writes them. */
const unprintable = (character: string): string =>
  `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`

const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, unprintable)
    .replace(/[&<>]/g, (mark) => ENTITIES[mark] ?? '')

/** Text is typed as text, so that nothing in it is ever computed. */
const cellXml = (value: Value | null, reference: string): string => {
  if (value === null) return ''
  if (typeof value === 'number') return `<c r="${reference}"><v>${value}</v></c>`
  if (typeof value === 'boolean') return `<c r="${reference}" t="b"><v>${Number(value)}</v></c>`
  const text = value.length > CELL_MAX ? `${TOO_LONG.id} / ${TOO_LONG.en}` : value
  return `<c r="${reference}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`
}

const rowXml = (cells: readonly (Value | null)[], number: number): string => {
  const inside = cells.map((cell, column) => cellXml(cell, `${lettersOf(column)}${number}`))
  return `<row r="${number}">${inside.join('')}</row>`
}

type Rows = AsyncIterable<readonly (Value | null)[]>

async function* sheetOf(columns: readonly string[], rows: Rows): AsyncGenerator<string> {
  yield `${HEAD}<worksheet xmlns="${OPEN}/spreadsheetml/2006/main"><sheetData>${rowXml(columns, 1)}`
  let number = 1
  for await (const row of rows) {
    number += 1
    yield rowXml(row, number)
  }
  yield '</sheetData></worksheet>'
}

/** An Excel workbook, packed while its rows come. */
export const writeWorkbook = (columns: readonly string[], rows: Rows): Readable => {
  const zip = new ZipFile()
  for (const [path, text] of Object.entries(PARTS)) {
    zip.addBuffer(Buffer.from(HEAD + text), path)
  }
  const out = zip.outputStream as PassThrough
  const sheet = Readable.from(sheetOf(columns, rows), { objectMode: false })
  zip.on('error', (error: Error) => out.destroy(error))
  out.once('close', () => sheet.destroy())
  zip.addReadStream(sheet, SHEET)
  zip.end()
  return out
}
