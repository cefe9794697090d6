import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { childrenOf, linksOf, referencesOf, TABLE_NAMES, type Table } from './relations.ts'

/** Versions of HSDS that are kept here, unmodified, with their licence. */
export const VERSIONS = ['3.0', '3.1'] as const
export type Version = (typeof VERSIONS)[number]

const FOLDER = join(import.meta.dirname, 'standard')
const read = (...path: string[]): unknown =>
  JSON.parse(readFileSync(join(FOLDER, ...path), 'utf8')) as unknown

interface Schema {
  readonly properties: Readonly<Record<string, { readonly type?: string }>>
}

/** Version 3.0 has no tables for these. */
const SINCE_3_1: readonly Table[] = ['service_capacity', 'unit', 'url']
const tablesOf = (version: Version): Table[] =>
  TABLE_NAMES.filter((table) => version === '3.1' || !SINCE_3_1.includes(table))

const schemas = new Map<Table, Schema>(
  tablesOf('3.1').map((table) => [table, read('3.1', 'schema', `${table}.json`) as Schema]),
)

/** A table's own columns, then those that say whose a row is. */
export const columnsOf = (table: Table): string[] => {
  const nested = new Set(
    [...childrenOf(table), ...referencesOf(table)].map((relation) => relation.property),
  )
  const own = Object.keys(schemas.get(table)?.properties ?? {}).filter((name) => !nested.has(name))
  return [...new Set([...own, ...linksOf(table).keys()])].filter((name) => !nested.has(name))
}

export const isNumber = (table: Table, column: string): boolean => {
  const type = schemas.get(table)?.properties[column]?.type
  return type === 'number' || type === 'integer'
}

/** The schemas refer to each other by file name. */
const compile = (version: Version): ReadonlyMap<Table, ValidateFunction> => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false })
  addFormats.default(ajv)
  for (const table of tablesOf(version)) {
    ajv.addSchema(read(version, 'schema', `${table}.json`) as object, `${table}.json`)
  }
  return new Map(
    tablesOf(version).map((table) => [
      table,
      ajv.getSchema(`${table}.json`) as unknown as ValidateFunction,
    ]),
  )
}

const compiled = new Map<Version, ReadonlyMap<Table, ValidateFunction>>()

/** What a document lacks of a version of the standard; empty: it conforms. */
export const schemaErrors = (
  version: Version,
  table: Table,
  document: unknown,
): readonly ErrorObject[] => {
  const validators = compiled.get(version) ?? compile(version)
  compiled.set(version, validators)
  const validate = validators.get(table)
  if (validate === undefined) return []
  return validate(document) ? [] : (validate.errors ?? [])
}
