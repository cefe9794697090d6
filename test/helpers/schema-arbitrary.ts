// Values for a JSON schema as the API's documents use it, and the same values spoilt.
import * as fc from 'fast-check'

export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

type Value = fc.Arbitrary<unknown>

/** Ids that the hub has named: without them nearly every request would end at 404. */
export type Known = readonly string[]

const STRING_MAX = 60
const ITEMS_MAX = 4

const stringOf = (schema: JsonSchema, known: Known): Value => {
  if (schema.format === 'uuid') {
    return fc.oneof(
      { weight: 5, arbitrary: fc.nat().map((n) => known[n % Math.max(known.length, 1)]) },
      { weight: 1, arbitrary: fc.uuid() },
    )
  }
  if (schema.format === 'date-time') return fc.date(NEAR).map((at) => at.toISOString())
  if (schema.format === 'date') return fc.date(NEAR).map((at) => at.toISOString().slice(0, 10))
  if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern, 'u'))
  const minLength = schema.minLength ?? 0
  const maxLength = Math.max(minLength, Math.min(schema.maxLength ?? STRING_MAX, STRING_MAX))
  return fc.string({ unit: 'grapheme', minLength, maxLength })
}

const NEAR = {
  min: new Date('2026-01-01T00:00:00Z'),
  max: new Date('2028-12-31T00:00:00Z'),
  noInvalidDate: true,
} as const

const objectOf = ({ properties = {}, required = [] }: JsonSchema, known: Known): Value =>
  fc.record(
    Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, shaped(inner, known)]),
    ),
    { requiredKeys: required.filter((name) => name in properties), noNullPrototype: true },
  )

/** Values that fit a schema, as far as the schema says. */
export const shaped = (schema: JsonSchema, known: Known): Value => {
  if (schema.anyOf !== undefined) {
    return fc.oneof(...schema.anyOf.map((inner) => shaped(inner, known)))
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  const { minimum = -1_000, maximum = 1_000 } = schema
  switch (schema.type) {
    case 'string':
      return stringOf(schema, known)
    case 'integer':
      // Versions and counts are small: most of the time try what may be current.
      return fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: minimum, max: Math.min(maximum, minimum + 4) }) },
        { weight: 1, arbitrary: fc.integer({ min: minimum, max: maximum }) },
      )
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array': {
      const item = schema.items === undefined ? fc.string() : shaped(schema.items, known)
      const minLength = schema.minItems ?? 0
      const limits = { minLength, maxLength: Math.max(minLength, ITEMS_MAX) }
      return schema.uniqueItems === true
        ? fc.uniqueArray(item, { ...limits, selector: (value) => JSON.stringify(value) })
        : fc.array(item, limits)
    }
    case 'object':
    case undefined:
    default:
      return schema.properties === undefined
        ? fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
        : objectOf(schema, known)
  }
}

/** What breaks parsers, databases and templates when it stands where a value was awaited. */
export const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.1,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\u202e\u2066',
  "'; drop table cases.case; --",
  '{{7*7}}${7*7}<script>alert(1)</script>',
  '../../../../etc/passwd',
  '%00%ff%c0%af',
  'x'.repeat(5_000),
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.000Z',
  '2026-11-24T00:00:60Z',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  'Infinity',
  '9223372036854775808',
  [],
  [[[[[[]]]]]],
  {},
  { toString: 1, constructor: { prototype: {} } },
  { length: 1e9 },
]

/** Puts `spoil` in one place of a value, chosen by `pick`, or adds it as a member nobody knows. */
export const spoilt = (value: unknown, pick: number, spoil: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return spoil
  const keys = Object.keys(value)
  const at = pick % (keys.length + 2)
  if (at === keys.length) return spoil
  if (Array.isArray(value)) {
    const list: unknown[] = value
    return at > keys.length
      ? [...list, spoil]
      : list.map((item, index) => (index === at ? spoilt(item, pick >> 3, spoil) : item))
  }
  if (at > keys.length) return { ...value, unknown: spoil }
  const key = keys[at] ?? ''
  const inner = (value as Record<string, unknown>)[key]
  return { ...value, [key]: spoilt(inner, pick >> 3, spoil) }
}
