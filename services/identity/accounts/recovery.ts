import { createHmac, randomInt } from 'node:crypto'
import type { Keys } from '../../../src/keys.ts'

const COUNT = 10
const LENGTH = 10
/** No vowels and nothing that reads like something else: codes are written by hand. */
const ALPHABET = '23456789BCDFGHJKMNPQRSTVWXZ'

const newCode = (): string =>
  Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)] ?? '').join('')

/** Ten codes, each good once in place of a code of the app; shown once, as `XXXXX-XXXXX`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: COUNT }, () => newCode().replace(/^.{5}/, '$&-'))

/** What is stored of a code, as hex; null for what cannot be one. */
export const recoveryDigest = (keys: Pick<Keys, 'derive'>, code: string): string | null => {
  const plain = code.toUpperCase().replaceAll(/[\s-]/g, '')
  if (plain.length !== LENGTH) return null
  return createHmac('sha256', keys.derive('recovery')).update(plain).digest('hex')
}
