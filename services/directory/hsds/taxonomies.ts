import { v5 } from 'uuid'
import { AGE_BANDS, CATEGORIES, NEEDS, PURPOSES, URGENCIES } from '../../../src/contracts/codes.ts'
import { GENDERS } from '../../../src/contracts/directory.ts'
import type { Document } from './rows.ts'

const NAMESPACE = 'b3d6b6f2-7d0c-5c52-9d7e-6c1f0a6a2f11'

/** The same id every time, for parts of a document that have none of their own in the hub. */
export const derivedId = (...parts: readonly string[]): string => v5(parts.join(':'), NAMESPACE)

/**
 * The id of the place where a service of the hub is given, and back: one bit of the service's own.
 * The hub keeps no such place, and can still find the service that an id stands for.
 */
export const placeId = (id: string): string =>
  id.slice(0, 14) + (parseInt(id.charAt(14), 16) ^ 8).toString(16) + id.slice(15)

/** The hub's own code lists as taxonomies: what each says of a service, and its column. */
const OWN = {
  stage: { codes: PURPOSES, column: 'stage', says: 'Stage of the pathway that the service is for' },
  need: { codes: NEEDS, column: 'needs', says: 'Need that the service can meet' },
  urgency: { codes: URGENCIES, column: 'urgencies', says: 'Urgency that the service takes' },
  age_band: { codes: AGE_BANDS, column: 'age_bands', says: 'Age that the service takes' },
  gender: { codes: GENDERS, column: 'genders', says: 'Gender that the service takes (HTCDS 2.0)' },
  data_category: {
    codes: CATEGORIES,
    column: 'minimum_categories',
    says: 'Data category without which the service cannot take a referral',
  },
} as const
export type TaxonomyName = keyof typeof OWN
export const TAXONOMY_NAMES = Object.keys(OWN) as TaxonomyName[]
export type TermColumn = (typeof OWN)[TaxonomyName]['column']

const spoken = (code: string): string => code.replaceAll('_', ' ')

export const taxonomyDocument = (name: TaxonomyName): Document => ({
  id: derivedId('taxonomy', name),
  name: `titian ${spoken(name)}`,
  description: OWN[name].says,
  version: '1',
})

export const termDocument = (name: TaxonomyName, code: string): Document => ({
  id: derivedId('term', name, code),
  code,
  name: spoken(code),
  description: `${OWN[name].says}: ${spoken(code)}`,
  taxonomy: `titian ${spoken(name)}`,
  language: 'en',
  taxonomy_detail: taxonomyDocument(name),
})

interface OwnTerm {
  readonly taxonomy: TaxonomyName
  readonly column: TermColumn
  readonly code: string
}

export const OWN_TERMS: readonly OwnTerm[] = TAXONOMY_NAMES.flatMap((taxonomy) =>
  OWN[taxonomy].codes.map((code) => ({ taxonomy, column: OWN[taxonomy].column, code })),
)

const byTermId = new Map(
  OWN_TERMS.map((term) => [derivedId('term', term.taxonomy, term.code), term] as const),
)
export const termOfId = (id: string): OwnTerm | undefined => byTermId.get(id)

const byTaxonomyId = new Map(
  TAXONOMY_NAMES.map((name) => [derivedId('taxonomy', name), name] as const),
)
export const taxonomyOfId = (id: string): TaxonomyName | undefined => byTaxonomyId.get(id)
export const columnOf = (name: TaxonomyName): TermColumn => OWN[name].column
