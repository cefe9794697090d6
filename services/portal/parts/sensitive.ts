import { SENSITIVE, type Held } from '../../../src/contracts/codes.ts'

/** Notes of therapy are at least as sensitive as the most sensitive category. */
export const isSensitive = (category: Held): boolean =>
  category === 'therapy_notes' || SENSITIVE.includes(category)
