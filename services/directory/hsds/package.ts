import { CsvError } from 'csv-parse/sync'
import { Problem, type FieldError } from '../../../src/problem.ts'
import { demandStorable } from '../../../src/storable.ts'
import { readCsv, tableOfFile } from './csv.ts'
import { TABLE_NAMES, type Table } from './relations.ts'
import { createRows, type Document, type Row } from './rows.ts'
import { isNumber } from './standard.ts'

export interface PackageFile {
  readonly name: string
  readonly content: string
}

/** Where a row was found first. */
export interface Source {
  readonly file: string
  readonly line: number | null
}

export interface Package {
  readonly rows: ReturnType<typeof createRows>['rows']
  readonly sourceOf: (row: Row) => Source
  /** Lines without an id, which can be no row. */
  readonly nameless: readonly (Source & { readonly table: Table })[]
}

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The entity of a JSON document: by the name of its file, else by what only one entity has. */
const tableOfDocument = (name: string, document: Document): Table | null => {
  const file = name.split('/').at(-1)?.toLowerCase() ?? ''
  const byName = TABLE_NAMES.filter((table) => file.startsWith(table)).toSorted(
    (one, other) => other.length - one.length,
  )
  if (byName[0] !== undefined) return byName[0]
  if ('location_type' in document) return 'location'
  if ('status' in document) return 'service'
  if ('taxonomy_detail' in document || 'term_uri' in document) return 'taxonomy_term'
  if ('services' in document || 'organization_identifiers' in document) return 'organization'
  return null
}

const problemAt = (index: number, field: string, id: string, en: string): FieldError => ({
  field: `files.${index}.${field}`,
  message: { id, en },
})

interface Reading {
  readonly add: (table: Table, document: Document, line: number | null, nested: boolean) => void
  readonly fail: (error: FieldError) => void
}

/** The standard's own tabular JSON writes identifiers that are text as numbers. */
const asLine = (table: Table, line: Document): Document =>
  Object.fromEntries(
    Object.entries(line).map(([column, value]) => [
      column,
      typeof value === 'number' && !isNumber(table, column) ? String(value) : value,
    ]),
  )

const readTabular = (parsed: Document, { add }: Reading): boolean => {
  const tables = Object.keys(parsed).map(tableOfFile)
  if (tables.length === 0 || tables.includes(null)) return false
  for (const [file, lines] of Object.entries(parsed)) {
    const table = tableOfFile(file)
    if (table === null || !Array.isArray(lines)) continue
    for (const line of lines.filter(isDocument)) add(table, asLine(table, line), null, false)
  }
  return true
}

const readJson = (file: PackageFile, index: number, reading: Reading): void => {
  let parsed: unknown
  try {
    parsed = JSON.parse(file.content)
  } catch {
    const cure = problemAt(index, 'content', 'Bukan JSON yang utuh.', 'It is not whole JSON.')
    return reading.fail(cure)
  }
  demandStorable(parsed, `files.${index}.content`)
  if (isDocument(parsed) && readTabular(parsed, reading)) return
  // What an API says of itself holds no rows.
  if (isDocument(parsed) && 'openapi_url' in parsed && 'profile' in parsed) return
  const contents = isDocument(parsed) ? parsed['contents'] : parsed
  const documents = (Array.isArray(contents) ? contents : [parsed]).filter(isDocument)
  for (const document of documents) {
    const table = tableOfDocument(file.name, document)
    if (table === null) {
      return reading.fail(
        problemAt(
          index,
          'name',
          'Awali nama berkas dengan jenis isinya, misalnya service.json atau organization.json.',
          'Begin the name of the file with what it holds, such as service.json, organization.json.',
        ),
      )
    }
    reading.add(table, document, null, true)
  }
}

const readTable = (file: PackageFile, index: number, reading: Reading): void => {
  const table = tableOfFile(file.name)
  if (table === null) {
    return reading.fail(
      problemAt(
        index,
        'name',
        'Bukan nama berkas paket HSDS, misalnya services.csv.',
        'It is no file name of an HSDS package, such as services.csv.',
      ),
    )
  }
  try {
    for (const { line, document } of readCsv(table, file.content)) {
      reading.add(table, document, line, false)
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const at = (error as { lines?: number }).lines ?? 0
    reading.fail(
      problemAt(
        index,
        'content',
        `Bukan CSV yang utuh, di sekitar baris ${at}.`,
        `It is not whole CSV, about line ${at}.`,
      ),
    )
  }
}

/** @throws Problem invalid_request naming each file that cannot be read, and where */
export const readPackage = (files: readonly PackageFile[]): Package => {
  const gathered = createRows()
  const sources = new Map<string, Source>()
  const nameless: (Source & { table: Table })[] = []
  const errors: FieldError[] = []
  for (const [index, file] of files.entries()) {
    const reading: Reading = {
      fail: (error) => errors.push(error),
      add: (table, document, line, nested) => {
        const source = { file: file.name, line }
        if (typeof document['id'] !== 'string') return void nameless.push({ ...source, table })
        if (nested) gathered.addDocument(table, document)
        else gathered.addLine(table, document)
        for (const [name, rows] of gathered.rows) {
          if (nested || name === table) {
            const ids = nested ? rows.keys() : [document['id']]
            for (const id of ids) {
              if (!sources.has(`${name} ${id}`)) sources.set(`${name} ${id}`, source)
            }
          }
        }
      },
    }
    if (file.name.toLowerCase().endsWith('.csv')) readTable(file, index, reading)
    else readJson(file, index, reading)
  }
  if (errors.length > 0) throw new Problem('invalid_request', { errors: errors.slice(0, 20) })
  return {
    rows: gathered.rows,
    nameless,
    sourceOf: (row) => sources.get(`${row.table} ${row.id}`) ?? { file: '', line: null },
  }
}
