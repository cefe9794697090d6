import { Type } from 'typebox'
import {
  BASES,
  CATEGORIES,
  Id,
  oneOf,
  PURPOSES,
  Version,
  type Basis,
  type Category,
  type Purpose,
} from './codes.ts'

/** The shapes of lawful bases beside consent: what each covers, and for how long at most. */
const CLOSED = { additionalProperties: false } as const

/** Longest time box of another lawful basis. */
export const BASIS_HOURS = 72

/** Lawful bases beside consent. */
export const OTHER_BASES = BASES.filter(
  (basis): basis is Exclude<Basis, 'consent'> => basis !== 'consent',
)

type OtherBasis = (typeof OTHER_BASES)[number]

/**
 * What each other basis can serve: for which purposes, and the minimum data that it may carry. Text
 * that a person wrote freely (narrative) goes by consent alone.
 */
export const BASIS_COVERS: Readonly<
  Record<OtherBasis, { purposes: readonly Purpose[]; categories: readonly Category[] }>
> = {
  statutory_report: {
    purposes: ['statutory_report'],
    categories: ['identity', 'contact', 'location', 'safety', 'exploitation', 'legal', 'documents'],
  },
  vital_interest: {
    purposes: ['emergency', 'health', 'protection', 'shelter'],
    categories: [
      'identity',
      'contact',
      'location',
      'safety',
      'health_physical',
      'health_reproductive',
      'health_mental',
    ],
  },
  public_task: {
    purposes: ['identification', 'assessment', 'protection', 'legal', 'repatriation'],
    categories: ['identity', 'contact', 'safety', 'exploitation', 'legal', 'family', 'documents'],
  },
}

export const LegalReference = Type.String({
  minLength: 3,
  maxLength: 200,
  description: 'The law and article, such as UU 21/2007 art. 24',
})
/** Another lawful basis than consent, for a limited time. Shown as what it is. */
export const NewBasis = Type.Object(
  {
    case: Id,
    recipient: Id,
    purpose: oneOf(PURPOSES),
    basis: oneOf(OTHER_BASES),
    legal_reference: LegalReference,
    categories: Type.Array(oneOf(CATEGORIES), { minItems: 1, maxItems: 20, uniqueItems: true }),
    hours: Type.Integer({ minimum: 1, maximum: BASIS_HOURS }),
  },
  CLOSED,
)

export const BasisEnd = Type.Object({ version: Version }, CLOSED)
