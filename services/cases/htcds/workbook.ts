import { SaxesParser } from 'saxes'
import { fromBuffer, type Entry, type ZipFile } from 'yauzl'
import type { Text } from '../../../src/problem.ts'
import {
  CELLS_MAX,
  columnOf,
  COLUMNS_MAX,
  refuseLarge,
  ROWS_MAX,
  tooLarge,
  Unreadable,
  type Grid,
  type GridRow,
  type Value,
} from './grid.ts'

/** All parts of a workbook that are read may unpack to this much together, whatever they claim. */
const UNPACKED_MAX = 48 * 1024 * 1024
const ENTRIES_MAX = 500

const notAWorkbook = (): Unreadable =>
  new Unreadable(
    'Bukan buku kerja Excel (.xlsx) yang utuh. Simpan lagi sebagai .xlsx, atau kirim CSV.',
    'It is no whole Excel workbook (.xlsx). Save it again as .xlsx, or send CSV.',
  )
/** Its days would be read four years and a day too early. */
const countsFrom1904 = (): Unreadable =>
  new Unreadable(
    'Buku kerja ini menghitung tanggal dari 1904. Di Excel, matikan "Gunakan sistem tanggal 1904" (Opsi, Lanjutan), periksa tanggalnya, lalu simpan lagi; atau kirim CSV.',
    'This workbook counts days from 1904. In Excel, turn off "Use 1904 date system" (Options, Advanced), check the dates and save it again; or send CSV.',
  )

/** An archive's entries, each read as a stream that is cut off when all of them grow too large. */
class Archive {
  readonly zip: ZipFile
  readonly entries: ReadonlyMap<string, Entry>
  left = UNPACKED_MAX
  constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.zip = zip
    this.entries = entries
  }

  static open(content: Buffer): Promise<Archive> {
    return new Promise((resolve, reject) => {
      fromBuffer(content, { lazyEntries: true }, (error, zip) => {
        if (error !== null || zip.entryCount > ENTRIES_MAX) {
          reject(notAWorkbook())
          return
        }
        const entries = new Map<string, Entry>()
        zip.on('entry', (entry: Entry) => {
          entries.set(entry.fileName, entry)
          zip.readEntry()
        })
        zip.once('error', () => reject(notAWorkbook()))
        zip.once('end', () => resolve(new Archive(zip, entries)))
        zip.readEntry()
      })
    })
  }

  /** Parses one part as XML. @throws Unreadable */
  async parse(name: string, parser: SaxesParser): Promise<void> {
    const entry = this.entries.get(name)
    if (entry === undefined) throw notAWorkbook()
    if (entry.uncompressedSize > this.left) throw tooLarge()
    const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      this.zip.openReadStream(entry, (error, opened) =>
        error === null ? resolve(opened) : reject(notAWorkbook()),
      )
    })
    const decoder = new TextDecoder('utf-8')
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        this.left -= chunk.length
        if (this.left < 0) throw tooLarge()
        parser.write(decoder.decode(chunk, { stream: true }))
      }
      parser.close()
    } catch (error) {
      if (error instanceof Unreadable) throw error
      throw notAWorkbook()
    }
  }
}

const createParser = (): SaxesParser => {
  const parser = new SaxesParser()
  parser.on('doctype', () => {
    throw notAWorkbook()
  })
  parser.on('error', () => {
    throw notAWorkbook()
  })
  return parser
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1)
const attribute = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The path of the first sheet, by the workbook's own order, and whether there are others. */
const firstSheet = async (archive: Archive): Promise<{ path: string; isAlone: boolean }> => {
  let [first, sheets] = ['', 0]
  const workbook = createParser()
  workbook.on('opentag', (tag) => {
    if (
      local(tag.name) === 'workbookPr' &&
      /^(1|true)$/.test(attribute(tag.attributes['date1904']))
    ) {
      throw countsFrom1904()
    }
    if (local(tag.name) !== 'sheet') return
    sheets += 1
    if (sheets > 1) return
    const id = Object.entries(tag.attributes).find(([name]) => /(^|:)id$/.test(name))
    first = attribute(id?.[1])
  })
  await archive.parse('xl/workbook.xml', workbook)
  let path = ''
  const relations = createParser()
  relations.on('opentag', (tag) => {
    if (local(tag.name) !== 'Relationship' || tag.attributes['Id'] !== first) return
    path = attribute(tag.attributes['Target'])
  })
  await archive.parse('xl/_rels/workbook.xml.rels', relations)
  return { path: path.startsWith('/') ? path.slice(1) : `xl/${path}`, isAlone: sheets < 2 }
}

const sharedStrings = async (archive: Archive): Promise<string[]> => {
  const strings: string[] = []
  if (!archive.entries.has('xl/sharedStrings.xml')) return strings
  let [isText, isPhonetic, text] = [false, false, '']
  const parser = createParser()
  parser.on('opentag', ({ name }) => {
    if (local(name) === 'si') text = ''
    if (local(name) === 'rPh') isPhonetic = true
    if (local(name) === 't') isText = !isPhonetic
  })
  parser.on('text', (part) => {
    if (isText) text += part
  })
  parser.on('closetag', ({ name }) => {
    if (local(name) === 't') isText = false
    if (local(name) === 'rPh') isPhonetic = false
    if (local(name) === 'si') strings.push(text)
  })
  await archive.parse('xl/sharedStrings.xml', parser)
  return strings
}

/** Excel writes what XML has no room for as its number. */
const written = (text: string): string =>
  text.replace(/_x([0-9A-Fa-f]{4})_/g, (_all, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  )

const valueOf = (type: string, text: string, strings: readonly string[]): Value | null => {
  if (type === 's') return written(strings[Number(text)] ?? '')
  if (type === 'b') return text === '1'
  if (type === 'n' || type === '') return text.trim() === '' ? null : Number(text)
  return written(text)
}

const FIRST_ALONE: Text = {
  id: 'Hanya lembar pertama yang dibaca; pindahkan baris dari lembar lain ke sana.',
  en: 'Only the first sheet is read; move rows of other sheets there.',
}

/** Reads the first sheet of an Excel workbook. @throws Unreadable */
export const readWorkbook = async (content: Buffer): Promise<Grid> => {
  const archive = await Archive.open(content)
  const { path, isAlone } = await firstSheet(archive)
  const strings = await sharedStrings(archive)
  const rows: GridRow[] = []
  // One shared string may stand in any number of cells.
  let room = CELLS_MAX
  let cells = new Map<number, Value>()
  let [number, column, type, text, isValue] = [0, -1, '', '', false]
  const parser = createParser()
  parser.on('opentag', ({ name, attributes }) => {
    const tag = local(name)
    if (tag === 'row') {
      number = Number(attribute(attributes['r'])) || number + 1
      cells = new Map()
      column = -1
    }
    if (tag === 'c') {
      const placed = columnOf(attribute(attributes['r']))
      column = placed < 0 ? column + 1 : placed
      type = attribute(attributes['t'])
      text = ''
    }
    isValue = tag === 'v' || (tag === 't' && type === 'inlineStr')
  })
  parser.on('text', (part) => {
    if (isValue) text += part
  })
  parser.on('closetag', ({ name }) => {
    const tag = local(name)
    if (tag === 'v' || tag === 't') isValue = false
    if (tag === 'c') {
      const value = valueOf(type, text, strings)
      if (value !== null && String(value).trim() !== '') {
        refuseLarge(rows.length, column + 1)
        room -= String(value).length
        if (room < 0) throw tooLarge()
        cells.set(column, value)
      }
    }
    if (tag === 'row' && cells.size > 0) {
      refuseLarge(rows.length - 2, Math.min(cells.size, COLUMNS_MAX))
      if (rows.length <= ROWS_MAX + 2) rows.push({ number, cells })
    }
  })
  await archive.parse(path, parser)
  return { rows, isForm: false, notes: isAlone ? [] : [FIRST_ALONE] }
}
