import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Keys } from '../../src/keys.ts'

/** Crockford's base 32: no I, L, O or U to misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 6

/** Wrong codes after which the sender must renew the code. */
export const MAX_MISSES = 10

/**
 * The code that the survivor or escort carries: known to the sender, worked out anew from the
 * hub's secret and stored nowhere. A renewed acceptance or code has the next generation.
 */
export const arrivalCodeOf = (keys: Keys, referral: string, generation: number): string => {
  const mac = createHmac('sha256', keys.derive('arrival'))
    .update(`${referral}/${generation}`)
    .digest()
  return Array.from(mac.subarray(0, LENGTH), (byte) => ALPHABET[byte % 32]).join('')
}

/** Whether what was typed is the code: case, spaces, hyphens, O for 0 and I or L for 1 forgiven. */
export const isArrivalCode = (code: string, typed: string): boolean => {
  const plain = typed.toUpperCase().replace(/[ -]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return plain.length === code.length && timingSafeEqual(Buffer.from(plain), Buffer.from(code))
}
