/** Object ids of array types (pg_type.dat), by how their elements are read. */
const TEXTS = [
  1009, // text[]
  1015, // varchar[]
  2951, // uuid[]
  1016, // bigint[], whose elements do not all fit a number
]
const NUMBERS = [
  1005, // smallint[]
  1007, // int[]
]

const ELEMENT = /"((?:[^"\\]|\\.)*)"|([^",{}]+)/gs

/**
 * Reads an array of one dimension as PostgreSQL writes it (8.15.6).
 * @throws TypeError for more dimensions
 */
export const parseArray = (text: string): (string | null)[] => {
  const inside = text.slice(1, -1)
  if (!text.startsWith('{') || inside.startsWith('{')) throw new TypeError('not a plain array')
  if (inside === '') return []
  return Array.from(inside.matchAll(ELEMENT), ([, quoted, plain = '']) => {
    if (quoted !== undefined) return quoted.replaceAll(/\\(.)/gs, '$1')
    return plain === 'NULL' ? null : plain
  })
}

const given = (value: unknown): unknown => value

/**
 * The array types in use, for a postgres.js that does not ask the server for them: its own question
 * (3.4.9) has nobody to catch its failure, so that a connection lost meanwhile ends the process.
 */
export const ARRAY_TYPES = {
  texts: { to: 1009, from: TEXTS, serialize: given, parse: parseArray },
  numbers: {
    to: 1007,
    from: NUMBERS,
    serialize: given,
    parse: (text: string) =>
      parseArray(text).map((element) => (element === null ? null : Number(element))),
  },
}
