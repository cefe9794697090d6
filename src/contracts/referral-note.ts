import { Type, type Static } from 'typebox'
import { CATEGORIES, Id, Instant, oneOf, orNull } from './codes.ts'

/** What goes between the two agencies of a referral beside its steps. */
const CLOSED = { additionalProperties: false } as const

/** What a recipient may ask before it has decided. Codes say nothing that the envelope does not. */
export const TOPICS = [
  'age_band',
  'district',
  'languages',
  'needs',
  'urgency',
  'category',
  'arrival',
  'escort',
  'children',
  'length_of_stay',
  'call_back',
] as const
export const ANSWERS = [
  'yes',
  'no',
  'not_known',
  'envelope_updated',
  'not_consented',
  'not_held',
  'within_24_hours',
  'within_3_days',
  'within_14_days',
  'later',
  'will_call',
] as const

const question = {
  topic: oneOf(TOPICS),
  category: Type.Optional(oneOf(CATEGORIES)),
}
export const Question = Type.Object(question, {
  ...CLOSED,
  description: 'topic category names the category that is asked for, and no other topic does',
})
export type Question = Static<typeof Question>
export const QuestionAnswer = Type.Object({ ...question, answer: oneOf(ANSWERS) }, CLOSED)
export type QuestionAnswer = Static<typeof QuestionAnswer>
export const several = { minItems: 1, maxItems: 12, uniqueItems: true } as const

/** What went with a step: codes, and whether there are words. Those are opened by themselves. */
export const ReferralNote = Type.Object(
  {
    id: Id,
    verb: Type.String(),
    agency: Id,
    questions: orNull(Type.Array(Question)),
    answers: orNull(Type.Array(QuestionAnswer)),
    has_text: Type.Boolean(),
    opens_for: Type.Array(Id, {
      description: 'Agencies whose case workers may open the words now',
    }),
    at: Instant,
  },
  CLOSED,
)
export type ReferralNote = Static<typeof ReferralNote>
