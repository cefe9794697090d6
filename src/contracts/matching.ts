import { Type, type Static } from 'typebox'
import { CapacityRead } from './capacity.ts'
import { AGE_BANDS, Id, NEEDS, oneOf, PURPOSES, URGENCIES } from './codes.ts'
import { GENDERS, LanguageCode, Place, ServiceRead } from './directory.ts'

/** "Who can take this?": what of an envelope may be asked, and why a service is where it is. */
const CLOSED = { additionalProperties: false } as const

/** Envelope only: nothing that says who somebody is. */
export const MatchQuestion = Type.Object(
  {
    stage: oneOf(PURPOSES),
    area: Type.Optional(Place),
    urgency: Type.Optional(oneOf(URGENCIES)),
    needs: Type.Optional(Type.Array(oneOf(NEEDS), { uniqueItems: true, maxItems: NEEDS.length })),
    languages: Type.Optional(Type.Array(LanguageCode, { uniqueItems: true, maxItems: 10 })),
    age_band: Type.Optional(oneOf(AGE_BANDS)),
    gender: Type.Optional(oneOf(GENDERS)),
    case: Type.Optional(
      Type.String({
        ...Id,
        description: 'A case of your agency: agencies that it must not be sent to are left out',
      }),
    ),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 50, default: 10 }),
  },
  CLOSED,
)
export type MatchQuestion = Static<typeof MatchQuestion>

/** Most points of each criterion; together 100. What was not asked gives and costs nothing. */
export const WEIGHTS = {
  area: 25,
  needs: 25,
  languages: 15,
  capacity: 15,
  open_now: 10,
  response: 10,
} as const
export const MATCH_CRITERIA = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]
export type MatchCriterion = keyof typeof WEIGHTS

const Reason = Type.Object(
  {
    criterion: oneOf(MATCH_CRITERIA),
    points: Type.Integer(),
    of: Type.Integer(),
    text: Type.Object({ id: Type.String(), en: Type.String() }, CLOSED),
  },
  CLOSED,
)
export type MatchReason = Static<typeof Reason>

const Count = Type.Integer({ minimum: 0 })
/** Of the last six months, counts alone. `asked` leaves out what was taken back unanswered. */
export const ResponseRecord = Type.Object(
  {
    asked: Count,
    answered: Count,
    in_time: Type.Integer({
      description: 'Answered within 1 hour (emergency), 24 hours (urgent) or 3 days (normal)',
    }),
  },
  CLOSED,
)
export type ResponseRecord = Static<typeof ResponseRecord>

export const Match = Type.Object(
  {
    service: ServiceRead,
    score: Type.Integer({ description: 'Sum of the points of the reasons' }),
    of: Type.Integer({ description: 'Most points that this question can give' }),
    reasons: Type.Array(Reason),
    capacity: Type.Array(CapacityRead),
    response: ResponseRecord,
  },
  CLOSED,
)
export type Match = Static<typeof Match>

export const MatchPage = Type.Object(
  { items: Type.Array(Match), next: Type.Union([Type.String(), Type.Null()]) },
  CLOSED,
)
