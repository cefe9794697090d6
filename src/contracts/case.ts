import { Type, type Static } from 'typebox'
import {
  AGE_BANDS,
  Day,
  HELD,
  Id,
  Instant,
  INT4_MAX,
  NEEDS,
  oneOf,
  orNull,
  RETURNS,
  STAGE_STATES,
  STAGES,
  type StageState,
  Version,
} from './codes.ts'
import { Place } from './directory.ts'

/** The shapes of a case: pseudonymous, owned by one agency, its content sealed per category. */
const CLOSED = { additionalProperties: false } as const
const set = { uniqueItems: true, maxItems: 20 } as const

/** Stage states that a person sets. The others follow from what referrals do. */
export const SETTABLE_STATES = [
  'not_assessed',
  'needed',
  'not_needed',
  'survivor_declined',
] as const satisfies readonly StageState[]

/** Why a stage is not needed. */
export const NOT_NEEDED_REASONS = [
  'assessed_no_need',
  'met_by_family',
  'met_elsewhere',
  'not_applicable',
] as const

export const WISHES = ['wants_this', 'does_not_want_this', 'undecided'] as const
export const RISKS = ['low', 'medium', 'high'] as const

/** Most bytes of one category's data, as JSON in UTF-8. */
export const DATA_LIMIT_BYTES = 65_536

const LanguageCode = Type.String({ pattern: '^[a-z]{2,3}$', description: 'ISO 639' })

const described = {
  age_band: oneOf(AGE_BANDS),
  district: orNull(Place),
  languages: Type.Array(LanguageCode, set),
  needs: Type.Array(oneOf(NEEDS), { ...set, description: 'What to prepare; never what happened' }),
}

/** One row of `cases.case_record`. */
export const CaseRecord = Type.Object(
  {
    id: Id,
    reference: Type.String({ description: 'What people say and write: 7KQ2-M9XD' }),
    owner: Id,
    status: oneOf(['open', 'closed']),
    ...described,
    version: Version,
    opened_by: Type.String(),
    opened_at: Instant,
    changed_at: Instant,
  },
  CLOSED,
)
export type CaseRecord = Static<typeof CaseRecord>

/** One stage of the pathway. `reason`, `ask_again_on`: why it is not taken, and when to ask again. */
export const StageRead = Type.Object(
  {
    stage: oneOf(STAGES),
    state: oneOf(STAGE_STATES),
    reason: orNull(oneOf(NOT_NEEDED_REASONS)),
    ask_again_on: orNull(Day),
    set_by: Type.String({ description: 'Person or program; hub when it followed from a referral' }),
    since: Instant,
    changed_at: Instant,
  },
  CLOSED,
)
export type StageRead = Static<typeof StageRead>

/** That there is data which the owner may open, whose, and of which version; never the data. */
export const DataHeld = Type.Object(
  { category: oneOf(HELD), agency: Id, version: Version, at: Instant },
  CLOSED,
)
export type DataHeld = Static<typeof DataHeld>

/** The newest that is recorded of one kind of return. */
export const ReturnRead = Type.Object(
  {
    purpose: oneOf(RETURNS),
    wish: orNull(oneOf(WISHES)),
    wish_at: orNull(Instant),
    risk: orNull(oneOf(RISKS)),
    risk_at: orNull(Instant),
  },
  CLOSED,
)
export type ReturnRead = Static<typeof ReturnRead>

const needsReview = Type.Array(Id, {
  description: 'Referrals under way that no longer fit: look at each, and withdraw it',
})
export const ReturnRecorded = Type.Object(
  { ...ReturnRead.properties, version: Version, needs_review: needsReview },
  CLOSED,
)
export type ReturnRecorded = Static<typeof ReturnRecorded>
export const OwnWish = Type.Object({ purpose: oneOf(RETURNS), wish: oneOf(WISHES) }, CLOSED)
export const RiskAssessment = Type.Object({ purpose: oneOf(RETURNS), risk: oneOf(RISKS) }, CLOSED)

export const Blocked = Type.Object(
  { agency: Id, blocked: Type.Boolean(), needs_review: needsReview },
  CLOSED,
)

export const CaseRead = Type.Object(
  {
    ...CaseRecord.properties,
    stages: Type.Array(StageRead),
    returns: Type.Array(ReturnRead),
    data: Type.Array(DataHeld),
    do_not_send: Type.Array(Id, { description: 'Agencies that must get nothing of this case' }),
  },
  CLOSED,
)
export type CaseRead = Static<typeof CaseRead>

export const CasePage = Type.Object(
  { items: Type.Array(CaseRecord), next: orNull(Type.String()) },
  CLOSED,
)

/** How a stage is set. not_needed has a reason, survivor_declined a day to ask again. */
export const StageSetting = Type.Object(
  {
    state: oneOf(SETTABLE_STATES),
    reason: Type.Optional(oneOf(NOT_NEEDED_REASONS)),
    ask_again_on: Type.Optional(Day),
  },
  CLOSED,
)
export type StageSetting = Static<typeof StageSetting>

export const NewCase = Type.Object(
  {
    age_band: described.age_band,
    district: Type.Optional(described.district),
    languages: Type.Optional(described.languages),
    needs: Type.Optional(described.needs),
    stages: Type.Optional(
      Type.Array(Type.Object({ stage: oneOf(STAGES), ...StageSetting.properties }, CLOSED), {
        maxItems: STAGES.length,
      }),
    ),
  },
  CLOSED,
)
export type NewCase = Static<typeof NewCase>

export const ChangedCase = Type.Object({ ...described, version: Version }, CLOSED)

/** The data of one category: HTCDS fields where HTCDS has them, plain names elsewhere. */
export const CategoryData = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
})

export const WrittenData = Type.Object(
  {
    data: CategoryData,
    version: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: INT4_MAX,
        description: "The version of your agency's own that this replaces; 0: there is none",
      }),
    ),
  },
  CLOSED,
)

export const DataVersion = Type.Object({ category: oneOf(HELD), version: Version }, CLOSED)

export const OpenedData = Type.Object(
  { ...DataVersion.properties, agency: Id, data: CategoryData },
  CLOSED,
)
