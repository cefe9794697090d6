import { Type, type Static } from 'typebox'
import { AuditItem, CaseName } from './audit.ts'
import { CATEGORIES, Id, Instant, oneOf } from './codes.ts'

/** The shapes of reviewing the trail: openings, unusual access, questions, rules. */
const CLOSED = { additionalProperties: false } as const
const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])
const Text = Type.Object({ id: Type.String(), en: Type.String() }, CLOSED)
const Number1 = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

/** Kinds of entries by which content was seen. */
export const OPENING_EVENTS = [
  'cases.data.opened.v1',
  'referrals.package.opened.v1',
  'referrals.break_glass.opened.v1',
] as const

/** One opening of content: who, what, when, why, under which consent. */
export const Opening = Type.Object(
  {
    n: Number1,
    at: Instant,
    type: oneOf(OPENING_EVENTS),
    agency: Maybe(Id),
    actor: Maybe(Type.String({ description: 'Only people and programs of your own agency' })),
    categories: Type.Array(oneOf(CATEGORIES)),
    purpose: Maybe(Type.String()),
    referral: Maybe(Id),
    basis: Maybe(Type.String({ description: 'Consent, the other lawful basis, or break_glass' })),
    grant: Maybe(Type.String({ description: 'The permission under which it was opened' })),
    case: Maybe(Type.String()),
  },
  CLOSED,
)
export type Opening = Static<typeof Opening>

export const OpeningPage = Type.Object(
  {
    items: Type.Array(Opening),
    next: Maybe(Type.String()),
    /** True when there is no opening at all: said, not left to be concluded. */
    nobody: Type.Boolean(),
    statement: Text,
  },
  CLOSED,
)

export const OpeningQuery = Type.Object(
  {
    after: Type.Optional(Type.String({ maxLength: 100 })),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  CLOSED,
)
export const CaseParams = Type.Object({ case: CaseName }, CLOSED)
export const NumberParams = Type.Object({ n: Number1 }, CLOSED)

export const RULES = [
  'break_glass',
  'glass_on_own_case',
  'outside_hours',
  'many_cases',
  'refused_attempts',
  'honey_case',
] as const
export type RuleName = (typeof RULES)[number]

const hour = Type.Integer({ minimum: 0, maximum: 24 })
/** What can be tuned of each rule. */
export const RULE_SETTINGS = {
  break_glass: Type.Object(
    {},
    { ...CLOSED, description: 'Every glass that the own people broke, and each opening under it' },
  ),
  glass_on_own_case: Type.Object(
    {},
    { ...CLOSED, description: 'The same, broken by others for a case of one’s own' },
  ),
  outside_hours: Type.Object(
    {
      time_zone: oneOf(['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura']),
      from_hour: hour,
      to_hour: hour,
      days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
        maxItems: 7,
        uniqueItems: true,
      }),
    },
    CLOSED,
  ),
  many_cases: Type.Object(
    { cases: Type.Integer({ minimum: 2, maximum: 10_000 }) },
    { ...CLOSED, description: 'Different cases that one person opens in a day' },
  ),
  refused_attempts: Type.Object(
    { attempts: Type.Integer({ minimum: 1, maximum: 10_000 }) },
    { ...CLOSED, description: 'Refused attempts of one person in a day' },
  ),
  honey_case: Type.Object(
    { cases: Type.Array(CaseName, { maxItems: 100, uniqueItems: true }) },
    { ...CLOSED, description: 'Cases that nobody has a reason to touch' },
  ),
} as const satisfies Record<RuleName, unknown>

export const RuleRead = Type.Object(
  {
    name: oneOf(RULES),
    title: Text,
    is_on: Type.Boolean(),
    settings: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
    version: Type.Integer({ minimum: 0, description: '0: never changed, the default holds' }),
  },
  CLOSED,
)
export type RuleRead = Static<typeof RuleRead>
export const Rules = Type.Object({ items: Type.Array(RuleRead) }, CLOSED)
export const RuleParams = Type.Object({ name: oneOf(RULES) }, CLOSED)
export const RuleChange = Type.Object(
  {
    is_on: Type.Boolean(),
    settings: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
    version: Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'As it was read' }),
  },
  CLOSED,
)

export const UnusualQuery = Type.Object(
  {
    days: Type.Integer({ minimum: 1, maximum: 366, default: 30 }),
    reviewed: Type.Optional(Type.Boolean({ description: 'Also what was reviewed already' })),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  CLOSED,
)
export const UnusualItem = Type.Object(
  {
    entry: AuditItem,
    rules: Type.Array(oneOf(RULES)),
    verdict: Maybe(oneOf(['reviewed', 'reason_asked'])),
  },
  CLOSED,
)
export const Unusual = Type.Object(
  { items: Type.Array(UnusualItem), statement: Text, rules: Type.Array(RuleRead) },
  CLOSED,
)

export const ReviewMark = Type.Object({ verdict: oneOf(['reviewed', 'reason_asked']) }, CLOSED)
export const Reviewed = Type.Object(
  { n: Number1, verdict: oneOf(['reviewed', 'reason_asked']), question: Maybe(Id) },
  CLOSED,
)

export const QuestionRead = Type.Object(
  {
    id: Id,
    n: Number1,
    entry: Id,
    actor: Type.String(),
    asked_at: Instant,
    answered_at: Maybe(Instant),
    answer: Maybe(Type.String()),
  },
  CLOSED,
)
export const QuestionPage = Type.Object(
  { items: Type.Array(QuestionRead), next: Maybe(Type.String()) },
  CLOSED,
)
export const QuestionParams = Type.Object({ id: Id }, CLOSED)
export const QuestionAnswer = Type.Object(
  { text: Type.String({ minLength: 1, maxLength: 2_000 }) },
  CLOSED,
)

export const Erased = Type.Object(
  { entries: Type.Integer({ minimum: 0, description: 'Entries whose content is gone' }) },
  CLOSED,
)

export const SurvivorReport = Type.Object(
  {
    /** Whole sentences in plain Indonesian, to be read together; English for the worker. */
    text: Text,
    holders: Type.Array(
      Type.Object(
        {
          agency: Id,
          name: Text,
          purposes: Type.Array(Type.String()),
          categories: Type.Array(oneOf(CATEGORIES)),
          opened: Type.Integer({ minimum: 0 }),
          broken: Type.Integer({ minimum: 0, description: 'Openings under a broken glass' }),
          last_opened_at: Maybe(Instant),
          ended: Type.Boolean({ description: 'Withdrawn, revoked, declined or expired' }),
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
)
export type SurvivorReport = Static<typeof SurvivorReport>
