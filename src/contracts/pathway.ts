import { Type, type Static, type TSchema } from 'typebox'
import { CategoryData, StageRead, StageSetting } from './case.ts'
import { CATEGORIES, Day, Id, Instant, oneOf, orNull, STAGES } from './codes.ts'
import { GapRead } from './gaps.ts'

/** What people record of a case's pathway, beside what follows from referrals. */
const CLOSED = { additionalProperties: false } as const
const Words = Type.String({
  minLength: 1,
  maxLength: 8000,
  pattern: '\\S',
  description: 'Free text, sealed as narrative',
})
const Version = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })

export const ENTRY_KINDS = [
  'assessment',
  'goal',
  'conference',
  'safety_plan',
  'contact_attempt',
  'visit',
] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

export const GOAL_STATES = ['open', 'achieved', 'dropped'] as const
export const ASSESSMENT_METHODS = ['interview', 'observation', 'documents', 'joint'] as const
export const CONTACT_CHANNELS = [
  'phone',
  'message',
  'visit',
  'trusted_person',
  'social_media',
  'agency',
] as const
/** Whatever is not `reached` is a failed attempt. */
export const CONTACT_OUTCOMES = [
  'reached',
  'no_answer',
  'not_there',
  'number_changed',
  'unsafe_to_speak',
  'other_person_answered',
] as const
export const VISIT_OUTCOMES = ['well', 'needs_support', 'at_risk'] as const

/** Codes and ids of an entry; nothing that a person wrote. */
export const EntryDetails = Type.Object(
  {
    method: Type.Optional(oneOf(ASSESSMENT_METHODS)),
    channel: Type.Optional(oneOf(CONTACT_CHANNELS)),
    owner: Type.Optional(Id),
    agencies: Type.Optional(Type.Array(Id)),
  },
  CLOSED,
)
export type EntryDetails = Static<typeof EntryDetails>

/**
 * One entry, without its words. `version`: which one of its kind, for a goal how often it was written.
 * `state`: of a goal open, achieved, dropped; of an attempt or visit its outcome. `due_on`: of a goal,
 * or when a safety plan is to be looked at again. `categories`: what is sealed in it, for its author's
 * agency to open.
 */
export const EntryRead = Type.Object(
  {
    id: Id,
    kind: oneOf(ENTRY_KINDS),
    version: Version,
    stage: orNull(oneOf(STAGES)),
    state: orNull(Type.String()),
    happened_at: Instant,
    due_on: orNull(Day),
    details: EntryDetails,
    author: Type.String(),
    author_agency: Id,
    categories: Type.Array(oneOf(CATEGORIES)),
    at: Instant,
    changed_at: Instant,
  },
  CLOSED,
)
export type EntryRead = Static<typeof EntryRead>

export const EntryPage = Type.Object(
  { items: Type.Array(EntryRead), next: orNull(Type.String()) },
  CLOSED,
)

export const OpenedEntry = Type.Object(
  { entry: Id, category: oneOf(CATEGORIES), data: CategoryData },
  CLOSED,
)

const findings = Object.fromEntries(
  CATEGORIES.map((category) => [category, Type.Optional(CategoryData)]),
)

/** The body that records each kind of entry. */
export const ENTRY_BODIES = {
  assessment: Type.Object(
    {
      assessed_on: Day,
      method: oneOf(ASSESSMENT_METHODS),
      findings: Type.Object(findings, {
        ...CLOSED,
        minProperties: 1,
        description: 'HTCDS 2.0 by data category, judged as the data of a case is',
      }),
      stages: Type.Optional(
        Type.Array(Type.Object({ stage: oneOf(STAGES), ...StageSetting.properties }, CLOSED), {
          maxItems: STAGES.length,
          description: 'What the assessment finds each stage to be',
        }),
      ),
    },
    CLOSED,
  ),
  goal: Type.Object(
    {
      stage: oneOf(STAGES),
      goal: Words,
      actions: Type.Optional(Words),
      owner: Type.Optional(
        Type.String({ ...Id, description: 'The agency that sees to it; absent: one`s own' }),
      ),
      due_on: Day,
    },
    CLOSED,
  ),
  conference: Type.Object(
    {
      held_on: Day,
      agencies: Type.Array(Id, { uniqueItems: true, maxItems: 30 }),
      notes: Words,
      decisions: Type.Optional(Words),
    },
    CLOSED,
  ),
  safety_plan: Type.Object({ plan: CategoryData, review_on: Day }, CLOSED),
  contact_attempt: Type.Object(
    {
      attempted_at: Instant,
      channel: oneOf(CONTACT_CHANNELS),
      outcome: oneOf(CONTACT_OUTCOMES),
      note: Type.Optional(Words),
    },
    CLOSED,
  ),
  visit: Type.Object(
    { visited_on: Day, outcome: oneOf(VISIT_OUTCOMES), note: Type.Optional(Words) },
    CLOSED,
  ),
} as const satisfies Record<EntryKind, TSchema>
export type EntryBody<K extends EntryKind> = Static<(typeof ENTRY_BODIES)[K]>

/** Where each kind is recorded: `/v1/cases/:id/<path>`. */
export const ENTRY_PATHS = {
  assessment: 'assessments',
  goal: 'goals',
  conference: 'conferences',
  safety_plan: 'safety-plans',
  contact_attempt: 'contact-attempts',
  visit: 'visits',
} as const satisfies Record<EntryKind, string>

/** What a goal becomes; names the version that was read. */
export const ChangedGoal = Type.Object(
  {
    version: Version,
    state: oneOf(GOAL_STATES),
    due_on: Type.Optional(Day),
    owner: Type.Optional(Id),
  },
  CLOSED,
)

/** A check after a closing: due a number of days after it, and whether somebody visited since. */
export const MonitoringCheck = Type.Object(
  { closed_at: Instant, days: Type.Integer(), due_at: Instant, done: Type.Boolean() },
  CLOSED,
)

export const CASE_CLOSE_REASONS = [
  'goals_met',
  'survivor_left',
  'relocated',
  'opened_in_error',
  'deceased',
] as const

/** A case closes with a reason, and opens again without one; names the version that was read. */
export const CaseStatus = Type.Object(
  {
    status: oneOf(['open', 'closed']),
    reason: Type.Optional(oneOf(CASE_CLOSE_REASONS)),
    version: Version,
  },
  CLOSED,
)

/** The pathway of one case: its eleven stages, what is planned and due, and its open gaps. */
export const PathwayRead = Type.Object(
  {
    case: Id,
    reference: Type.String(),
    status: oneOf(['open', 'closed']),
    closed_at: orNull(Instant),
    close_reason: orNull(oneOf(CASE_CLOSE_REASONS)),
    manager: orNull(Type.String({ description: 'Who took charge of the case' })),
    stages: Type.Array(
      Type.Object(
        {
          ...StageRead.properties,
          set_by: orNull(StageRead.properties.set_by),
          since: orNull(Instant),
          changed_at: orNull(Instant),
        },
        CLOSED,
      ),
      { description: 'All eleven, in order; one that nobody touched is not_assessed' },
    ),
    goals: Type.Array(EntryRead, { description: 'Open ones, the earliest due first; at most 100' }),
    latest: Type.Array(EntryRead, { description: 'The newest entry of each other kind' }),
    monitoring: Type.Array(MonitoringCheck),
    gaps: Type.Array(GapRead),
  },
  CLOSED,
)
export type PathwayRead = Static<typeof PathwayRead>
