import { Type, type Static } from 'typebox'
import { CATEGORIES, Id, Instant, oneOf, orNull, Version } from './codes.ts'

/**
 * The shapes of breaking the glass: two people of one agency open named categories of one package
 * although consent does not let them. Shown as what it is, never as consent.
 */
const CLOSED = { additionalProperties: false } as const

export const GLASS_REASONS = [
  'danger_to_life',
  'medical_emergency',
  'missing_child',
  'court_order',
] as const

/** A request that nobody approves lapses after so long. */
export const GLASS_LAPSE_MINUTES = 60
/** Length of the access, from its approval, by the calendar. */
export const GLASS_HOURS = 24
/** When its review is due, from its approval. */
export const GLASS_REVIEW_HOURS = 72
/** Requests of one agency within 24 hours. */
export const GLASS_MOST_A_DAY = 3

export const GLASS_STATES = ['asked', 'lapsed', 'taken_back', 'open', 'ended'] as const
export type GlassState = (typeof GLASS_STATES)[number]
export const GLASS_OUTCOMES = ['justified', 'not_justified'] as const

const Words = Type.String({
  minLength: 1,
  maxLength: 2000,
  description: 'Sealed; read on the record',
})

export const GlassAsk = Type.Object(
  {
    categories: Type.Array(oneOf(CATEGORIES), {
      minItems: 1,
      maxItems: CATEGORIES.length,
      uniqueItems: true,
    }),
    reason: oneOf(GLASS_REASONS),
    text: Words,
  },
  CLOSED,
)
export type GlassAsk = Static<typeof GlassAsk>

export const GlassStep = Type.Object({ version: Version }, CLOSED)
export const GlassReview = Type.Object(
  {
    version: Version,
    outcome: oneOf(GLASS_OUTCOMES),
    note: Type.Optional({
      ...Words,
      description:
        'Why; demanded, and sealed, unless the case was erased: then nothing is kept of it',
    }),
  },
  CLOSED,
)

const Person = orNull(Type.String({ description: 'Only people of your own agency' }))
export const GlassRead = Type.Object(
  {
    id: Id,
    referral: Id,
    agency: Id,
    /** Who ends and reviews it: the owner of the case, or who owned it before `agency` did. */
    owner: Id,
    basis: oneOf(['break_glass']),
    categories: Type.Array(oneOf(CATEGORIES)),
    reason: orNull(oneOf(GLASS_REASONS)),
    state: oneOf(GLASS_STATES),
    asked_by: Person,
    asked_at: Instant,
    lapses_at: Instant,
    approved_by: Person,
    approved_at: orNull(Instant),
    ends_at: orNull(Instant),
    ended_at: orNull(Instant),
    review_due: orNull(Instant),
    outcome: orNull(oneOf(GLASS_OUTCOMES)),
    reviewed_by: Person,
    reviewed_at: orNull(Instant),
    version: Version,
  },
  CLOSED,
)
export type GlassRead = Static<typeof GlassRead>
export const GlassPage = Type.Object({ items: Type.Array(GlassRead), next: orNull(Id) }, CLOSED)

export const GlassOpened = Type.Object(
  {
    break_glass: Id,
    referral: Id,
    category: oneOf(CATEGORIES),
    basis: oneOf(['break_glass']),
    data: Type.Unknown(),
    access: Id,
  },
  CLOSED,
)
export const GlassWords = Type.Object(
  { break_glass: Id, text: Type.String(), review: orNull(Type.String()), access: Id },
  CLOSED,
)
