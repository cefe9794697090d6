import type { Language } from '../../src/problem.ts'
import indonesian from './htcds-id.json' with { type: 'json' }

/** Names of HTCDS 2.0 in Indonesian, which the standard does not have; ours, by field or code. */
const INDONESIAN: Readonly<Record<string, string>> = indonesian

/** Our own words in English: local codes, and genders where the standard's list is not at hand. */
const LOCAL: Readonly<Record<string, string>> = {
  Feminine: 'Female',
  Masculine: 'Male',
  TransgenderFeminine: 'Transgender female',
  TransgenderMasculine: 'Transgender male',
  NonConforming: 'Non-conforming',
  NonSpecifiedUnknown: 'Not specified or unknown',
  'x-NonProcedural': 'Non-procedural placement',
  'x-RestrictsCommunication': 'Restricts communication',
  'x-WagesUnpaid': 'Wages unpaid',
}

/** A code of HTCDS as people say it; `label` is the standard's own. */
export const codeName = (language: Language, code: string, label: string | undefined): string =>
  (language === 'id' ? INDONESIAN[code] : undefined) ?? label ?? LOCAL[code] ?? code

/** A field of HTCDS as people say it. */
export const fieldLabel = (language: Language, field: string, label: string | undefined): string =>
  (language === 'id' ? INDONESIAN[field] : undefined) ?? label ?? field
