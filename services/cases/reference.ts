import { randomInt } from 'node:crypto'

/** Crockford's base 32: no I, L, O, U, so that a code read aloud or by hand stays the same. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const GROUP = 4

const group = (): string =>
  Array.from({ length: GROUP }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')

/** A random name for a case that people can say: 7KQ2-M9XD. It MUST be checked for being free. */
export const newReference = (): string => `${group()}-${group()}`
