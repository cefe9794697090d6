import { AGE_BANDS, NEEDS, URGENCIES } from '../../src/contracts/codes.ts'
import { REFERRAL_STATES } from '../../src/contracts/lifecycle.ts'
import type { Key } from './parts/words.ts'

const LISTS = { state: REFERRAL_STATES, urgency: URGENCIES, age: AGE_BANDS } as const

/** Keys of the texts of whole code lists, for islands. */
export const codeWords = (...lists: readonly (keyof typeof LISTS)[]): readonly Key[] =>
  lists.flatMap((list) => LISTS[list].map((code) => `${list}.${code}` as Key))

export const NEED_WORDS: readonly Key[] = NEEDS.map((need) => `need.${need}` as const)
