import { CsvError, parse } from 'csv-parse/sync'
import { SaxesParser } from 'saxes'
import { refuseLarge, Unreadable, type Grid, type GridRow, type Value } from './grid.ts'

/** Reads CSV, with commas, semicolons or tabs. @throws Unreadable */
export const readCsv = (content: string): Grid => {
  const first = content.slice(0, 20_000).split(/\r?\n/)[0] ?? ''
  const counts = [',', ';', '\t'].map((mark) => [mark, first.split(mark).length] as const)
  const [delimiter] = counts.toSorted((a, b) => b[1] - a[1])[0] ?? [',']
  try {
    const records = parse(content, {
      bom: true,
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[]
    const width = Math.max(0, ...records.map(({ record }) => record.length))
    refuseLarge(records.length - 2, width)
    const rows = records.map(({ record, info }): GridRow => {
      const cells = record.flatMap((cell, column): [number, Value][] => {
        // A leading quote keeps spreadsheets from computing what follows.
        const value = cell.replace(/^'(?=[=+\-@\t\r])/, '')
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

const submissionOf = (value: unknown): Submission => {
  const fields = new Map<string, Value>()
  const walk = (part: unknown, path: string): void => {
    if (part === null || part === undefined || part === '') return
    if (Array.isArray(part)) {
      const plain = part.filter((item) => typeof item === 'string')
      if (plain.length > 0) fields.set(nameOf(path), plain.join(' '))
    } else if (typeof part === 'object') {
      for (const [name, inner] of Object.entries(part)) walk(inner, name)
    } else fields.set(nameOf(path), part as Value)
  }
  walk(value, '')
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
    if (path.length > 20) refuse()
  })
  parser.on('text', (part) => {
    const last = path.at(-1)
    if (last !== undefined) last.text += part
  })
  parser.on('closetag', () => {
    const leaf = path.pop()
    if (leaf?.isLeaf === true && leaf.text.trim() !== '') fields.set(leaf.name, leaf.text)
  })
  parser.write(content).close()
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
