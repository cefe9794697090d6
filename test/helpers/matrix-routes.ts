import { newId } from '../../src/id.ts'
import type { Documented, Schema } from './documented.ts'
import { jpegOf } from './jpeg.ts'
import { EXAMPLES, FIELDS, THINGS, type Thing } from '../matrix/rows.ts'

/** What an id stands for: the request with foreign ids and the one with absent ids differ in this. */
export type IdOf = (thing: Thing) => string

/** The line of the table that a path belongs to. @throws with the cure */
export const thingOf = (path: string): Thing | null => {
  if (!/\{\w+\}/.test(path)) return null
  const lines = Object.keys(THINGS).filter((prefix) => path.startsWith(prefix))
  const longest = lines.toSorted((a, b) => b.length - a.length)[0]
  if (longest !== undefined) return THINGS[longest] ?? null
  throw new Error(
    `${path} has no line in the matrix. Add to THINGS in test/matrix/rows.ts what the id in it names; ` +
      'a new kind of thing is made in test/helpers/matrix-scene.ts.',
  )
}

const DAY_MS = 86_400_000

/** What was done lies behind, what is due lies ahead. */
const instantOf = (name: string): string =>
  new Date(Date.now() + (/(?:ed|held)_(on|at)$/.test(name) ? -DAY_MS : DAY_MS)).toISOString()

const exampleOfString = (schema: Schema, name: string): string => {
  if (schema.format === 'date-time') return instantOf(name)
  if (schema.format === 'date') return instantOf(name).slice(0, 10)
  const { pattern = '' } = schema
  const known: readonly (readonly [RegExp, string])[] = [
    [/\{6,12\}/, 'ABCDEF'],
    [/\[0-9\]\{2\}/, '98.01'],
    [/\{64\}/, 'a'.repeat(64)],
    [/\{43\}/, 'A'.repeat(43)],
    [/https\?/, 'https://idp.example'],
  ]
  const fitting = known.find(([form]) => form.test(pattern))
  return fitting?.[1] ?? 'abc'.padEnd(schema.minLength ?? 0, 'x')
}

/** Something that a schema lets through, with the ids that `idOf` gives. */
const exampleOf = (schema: Schema, name: string, idOf: IdOf): unknown => {
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf?.some(({ type }) => type === 'null') === true) return null
  if (schema.anyOf !== undefined) return exampleOf(schema.anyOf[0] ?? {}, name, idOf)
  if (schema.format === 'uuid') return idOfField(name, idOf)
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1
  if (schema.type === 'boolean') return true
  if (schema.type === 'array') {
    return schema.minItems ? [exampleOf(schema.items ?? {}, name, idOf)] : []
  }
  if (schema.type === 'string') return exampleOfString(schema, name)
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(([each, inner]) => schema.required?.includes(each) || inner.format === 'uuid')
      .map(([each, inner]) => [each, exampleOf(inner, each, idOf)]),
  )
}

const idOfField = (name: string, idOf: IdOf): string => {
  const thing = FIELDS[name]
  if (thing === undefined) {
    throw new Error(
      `The field ${name} holds an id and has no line in the matrix. Add to FIELDS in ` +
        'test/matrix/rows.ts what it names.',
    )
  }
  return thing === 'free' ? newId() : idOf(thing)
}

export interface Asked {
  readonly path: string
  /** A Buffer is an image; anything else goes as JSON. */
  readonly body: unknown
}

const bodyOf = ({ path, operation }: Documented, idOf: IdOf): unknown => {
  const { content = {} } = operation.requestBody ?? {}
  if ('image/jpeg' in content) return jpegOf()
  const schema = content['application/json']?.schema
  if (schema === undefined) return undefined
  const end = Object.keys(EXAMPLES).find((each) => path.endsWith(each))
  return end === undefined ? exampleOf(schema, '', idOf) : EXAMPLES[end]
}

/** A request of this route whose ids are those of `idOf`, everything else being an example. */
export const askedOf = (route: Documented, idOf: IdOf): Asked => {
  const { path, operation } = route
  const thing = thingOf(path)
  let isFirst = thing !== null && thing !== 'code'
  const filled = path.replace(/\{([\w*]+)\}/g, (_, name: string) => {
    const known = operation.parameters?.find((each) => each.in === 'path' && each.name === name)
    if (isFirst && thing !== null) {
      isFirst = false
      return idOf(thing)
    }
    return String(exampleOf(known?.schema ?? { type: 'string' }, name, idOf))
  })
  const query = new URLSearchParams()
  for (const { name, in: where, required, schema } of operation.parameters ?? []) {
    if (where !== 'query' || (!required && schema.format !== 'uuid')) continue
    if (schema.format === 'uuid' && FIELDS[name] === 'free') continue
    query.set(name, String(exampleOf(schema, name, idOf)))
  }
  return {
    path: query.size === 0 ? filled : `${filled}?${query}`,
    body: bodyOf(route, idOf),
  }
}
