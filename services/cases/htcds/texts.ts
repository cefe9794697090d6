import { CsvError, parse } from 'csv-parse'
import { Readable } from 'node:stream'
import { SaxesParser } from 'saxes'
import { asWritten } from '../../../src/spreadsheet.ts'
import { refuseLarge, ROWS_MAX, Unreadable, type Grid, type GridRow, type Value } from './grid.ts'

interface CsvRecord {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

const CHUNK = 16_384

function* chunksOf(content: string): Generator<string> {
  for (let at = 0; at < content.length; at += CHUNK) yield content.slice(at, at + CHUNK)
}

/** Reads CSV, with commas, semicolons or tabs. @throws Unreadable */
export const readCsv = async (content: string): Promise<Grid> => {
  const first = content.slice(0, 20_000).split(/\r?\n/)[0] ?? ''
  const counts = [',', ';', '\t'].map((mark) => [mark, first.split(mark).length] as const)
  const [delimiter] = counts.toSorted((a, b) => b[1] - a[1])[0] ?? [',']
  try {
    const parser = parse({
      bom: true,
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      to: ROWS_MAX + 3,
      info: true,
    })
    const records: CsvRecord[] = []
    for await (const record of Readable.from(chunksOf(content)).pipe(parser)) {
      records.push(record as CsvRecord)
    }
    const width = Math.max(0, ...records.map(({ record }) => record.length))
    refuseLarge(records.length - 2, width)
    const rows = records.map(({ record, info }): GridRow => {
      const cells = record.flatMap((cell, column): [number, Value][] => {
        const value = asWritten(cell)
        return value.trim() === '' ? [] : [[column, value]]
      })
      return { number: info.lines, cells: new Map(cells) }
    })
    return { rows: rows.filter((row) => row.cells.size > 0), isForm: false }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new Unreadable(
      'Bukan CSV yang utuh: tanda kutip tidak ditutup atau salah tempat.',
      'It is no whole CSV: a quotation mark is not closed or stands in the wrong place.',
    )
  }
}

type Submission = ReadonlyMap<string, Value>

/** A form's own fields: `group/prs_Gender`, `data.prs_Gender` and `prs_Gender` are one. */
const nameOf = (path: string): string => path.split(/[/.]/).at(-1) ?? path

const DEPTH_MAX = 20

/** Puts a value beside others; of two of one name the second keeps its whole path. */
const put = (fields: Map<string, Value>, path: string, value: Value): void => {
  const name = nameOf(path)
  fields.set(fields.has(name) ? path : name, value)
}

const submissionOf = (value: unknown): Submission => {
  const fields = new Map<string, Value>()
  const walk = (part: unknown, path: string, depth: number): void => {
    if (part === null || part === undefined || part === '') return
    if (depth > DEPTH_MAX) {
      throw new Unreadable('Kiriman bersarang terlalu dalam.', 'A submission is nested too deep.')
    }
    if (Array.isArray(part)) {
      const isChoices = part.every((item) => typeof item === 'string')
      // A repeated group has no column; it is kept as it stands.
      if (part.length > 0) put(fields, path, isChoices ? part.join(' ') : JSON.stringify(part))
    } else if (typeof part === 'object') {
      for (const [name, inner] of Object.entries(part)) {
        walk(inner, path === '' ? name : `${path}/${name}`, depth + 1)
      }
    } else put(fields, path, part as Value)
  }
  walk(value, '', 0)
  return fields
}

/** One submission as a form's client sends it: the leaves of an XML instance. */
const instanceOf = (content: string): Submission => {
  const fields = new Map<string, Value>()
  const path: { name: string; text: string; isLeaf: boolean }[] = []
  const refuse = (): never => {
    throw new Unreadable('Bukan XML yang utuh.', 'It is no whole XML.')
  }
  const parser = new SaxesParser()
  parser.on('error', refuse)
  parser.on('doctype', refuse)
  parser.on('opentag', ({ name }) => {
    const parent = path.at(-1)
    if (parent !== undefined) parent.isLeaf = false
    path.push({ name: name.slice(name.indexOf(':') + 1), text: '', isLeaf: true })
    if (path.length > DEPTH_MAX) refuse()
  })
  parser.on('text', (part) => {
    const last = path.at(-1)
    if (last !== undefined) last.text += part
  })
  parser.on('closetag', () => {
    const leaf = path.pop()
    if (leaf?.isLeaf === true && leaf.text.trim() !== '') {
      put(fields, [...path.slice(1).map(({ name }) => name), leaf.name].join('/'), leaf.text)
    }
  })
  try {
    parser.write(content).close()
  } catch (error) {
    throw error instanceof Unreadable ? error : refuse()
  }
  return fields
}

/** Reads submissions of the published form: a list or one, in JSON, or one XML instance. @throws Unreadable */
export const readSubmissions = (content: string): Grid => {
  const submissions = content.trimStart().startsWith('<')
    ? [instanceOf(content)]
    : jsonSubmissions(content)
  const names = [...new Set(submissions.flatMap((each) => [...each.keys()]))]
  refuseLarge(submissions.length, names.length)
  const header = new Map<number, Value>(names.map((name, column) => [column, name]))
  const rows = submissions.map((each, index): GridRow => {
    const cells = names.flatMap((name, column): [number, Value][] => {
      const value = each.get(name)
      return value === undefined ? [] : [[column, value]]
    })
    return { number: index + 1, cells: new Map(cells) }
  })
  return { rows: [{ number: 0, cells: header }, ...rows], isForm: true }
}

const jsonSubmissions = (content: string): Submission[] => {
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch {
    throw new Unreadable(
      'Bukan JSON atau XML dari formulir.',
      'It is neither JSON nor XML of a form.',
    )
  }
  const inside = (parsed as { value?: unknown; results?: unknown } | null) ?? {}
  const list = Array.isArray(parsed) ? parsed : (inside.value ?? inside.results ?? [parsed])
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'object' || item === null)) {
    throw new Unreadable('Kirim daftar kiriman formulir.', 'Send a list of submissions.')
  }
  return list.map(submissionOf)
}
