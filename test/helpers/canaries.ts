// Words that belong nowhere but where they were written, put into every free field of a body, and a
// search that finds them again in whatever came out.
import * as fc from 'fast-check'
import type { JsonSchema } from './schema-arbitrary.ts'

/** No word of any language; random text of this many letters is not to be awaited. */
const MARK = 'zqkvjxw'

/** An address and a number that stand where no free word fits. */
const SHAPED = [`${MARK}@kenari.example.org`, '+99955512345']

/** A word that stands for one field, so that a find tells where it came from. */
export const canaryOf = (index: number): string => `${MARK}${index.toString(36)}`

/** Base64 of a word depends on where in a group of three bytes it begins. */
const inBase64 = (word: string): string[] =>
  [0, 1, 2].map((lead) => {
    const text = Buffer.from(' '.repeat(lead) + word).toString('base64')
    return text.slice(lead === 0 ? 0 : lead + 1, -4)
  })

const FORMS = [
  MARK,
  '99955512345',
  Buffer.from(MARK).toString('hex'),
  ...inBase64(MARK),
  ...inBase64('+99955512345'),
]
const FOUND = new RegExp(
  `(?:${FORMS.map((form) => form.replaceAll('+', '\\+')).join('|')})\\w*`,
  'g',
)

/** Every canary in these texts, once each. */
export const canariesIn = (texts: readonly string[]): string[] => [
  ...new Set(texts.flatMap((text) => text.match(FOUND) ?? [])),
]

export interface Planting {
  /** A word that was not planted yet. */
  word(): string
  /** Ids to fill in where an id is asked for, in turn. */
  readonly ids: readonly string[]
  /** What else a member of this name is filled with, such as the version that is current. */
  readonly given?: Readonly<Record<string, unknown>>
}

const stringFor = (schema: JsonSchema, planting: Planting, turn: number): unknown => {
  if (schema.format === 'uuid') return planting.ids[turn % planting.ids.length]
  if (schema.format === 'date-time') return new Date(Date.now() + 86_400_000).toISOString()
  if (schema.format === 'date') return new Date().toISOString().slice(0, 10)
  const word = planting
    .word()
    .slice(0, schema.maxLength)
    .padEnd(schema.minLength ?? 0, 'z')
  if (schema.pattern === undefined) return word
  const pattern = new RegExp(schema.pattern, 'u')
  const fits = [word, ...SHAPED].find((each) => pattern.test(each))
  return fits ?? fc.sample(fc.stringMatching(pattern), { numRuns: 1, seed: turn })[0]
}

/** How many bodies it takes to show each alternative of a schema once. */
export const alternatives = ({ anyOf = [], items, properties = {} }: JsonSchema): number => {
  const inner = [...anyOf, ...Object.values(properties), ...(items === undefined ? [] : [items])]
  return Math.max(1, anyOf.length, ...inner.map(alternatives))
}

/** A body that fits the schema, with every member there is, and canaries wherever words are free. */
export const planted = (schema: JsonSchema, planting: Planting, turn = 0): unknown => {
  const { anyOf, properties } = schema
  if (anyOf !== undefined) return planted(anyOf[turn % anyOf.length] ?? {}, planting, turn)
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[turn % schema.enum.length]
  switch (schema.type) {
    case 'string':
      return stringFor(schema, planting, turn)
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return turn % 2 === 1
    case 'null':
      return null
    case 'array': {
      const length = Math.max(1, schema.minItems ?? 0)
      return Array.from({ length }, (_, index) =>
        planted(schema.items ?? { type: 'string' }, planting, turn + index),
      )
    }
    case 'object':
    case undefined:
    default:
      break
  }
  if (properties === undefined) return { words: planting.word() }
  return Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [
      name,
      planting.given?.[name] ?? planted(inner, planting, turn),
    ]),
  )
}
