import { Type, type Static } from 'typebox'
import { Id, Instant, oneOf, orNull, PURPOSES } from './codes.ts'

/** The rules over a case's pathway, by name. What each of them says is in services/cases/gap-rules.ts. */
export const GAP_RULES = [
  'need_unassigned',
  'declined_by_all',
  'accepted_never_seen',
  'no_assessment',
  'returned_nothing_next',
  'monitoring_overdue',
  'reached_nobody',
] as const
export type GapRule = (typeof GAP_RULES)[number]

/** Mildest first. */
export const SEVERITIES = ['low', 'medium', 'high'] as const
export type Severity = (typeof SEVERITIES)[number]

export const GAP_ACTIONS = [
  'find_service',
  'ask_again',
  'record_decline',
  'open_referral',
  'record_assessment',
  'record_visit',
  'record_contact_attempt',
] as const
export type GapAction = (typeof GAP_ACTIONS)[number]

const CLOSED = { additionalProperties: false } as const

const BothLanguages = Type.Object({ id: Type.String(), en: Type.String() }, CLOSED)

/** What closes a gap, as one call of the API: `href` is a path of this hub, `stage` what it is about. */
export const NextAction = Type.Object(
  {
    action: oneOf(GAP_ACTIONS),
    label: BothLanguages,
    method: oneOf(['GET', 'POST', 'PUT']),
    href: Type.String(),
    stage: oneOf(PURPOSES),
  },
  CLOSED,
)
export type NextAction = Static<typeof NextAction>

/** A gap in a case's pathway: which rule fires, since when, in words, and what to do. */
export const GapRead = Type.Object(
  {
    id: Id,
    case: Id,
    reference: Type.String(),
    rule: oneOf(GAP_RULES),
    severity: oneOf(SEVERITIES),
    stage: orNull(oneOf(PURPOSES)),
    referral: orNull(Id),
    sentence: BothLanguages,
    actions: Type.Array(NextAction),
    opened_at: Instant,
    closed_at: orNull(Instant),
  },
  CLOSED,
)
export type GapRead = Static<typeof GapRead>

export const GapPage = Type.Object(
  {
    items: Type.Array(GapRead),
    next: orNull(Type.String()),
    open: Type.Object(
      { high: Type.Integer(), medium: Type.Integer(), low: Type.Integer() },
      { ...CLOSED, description: 'All open gaps of this list, whatever the page' },
    ),
  },
  CLOSED,
)

/**
 * How a rule is set on this hub. `amounts`: days; for monitoring_overdue each check's day after a
 * closing, for reached_nobody the number of failed attempts in a row.
 */
export const GapSetting = Type.Object(
  {
    rule: oneOf(GAP_RULES),
    amounts: Type.Array(Type.Integer({ minimum: 0, maximum: 3650 }), {
      minItems: 1,
      maxItems: 6,
      uniqueItems: true,
    }),
    severity: oneOf(SEVERITIES),
    is_on: Type.Boolean(),
    version: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
  },
  CLOSED,
)
export type GapSetting = Static<typeof GapSetting>

export const GapSettings = Type.Object({ items: Type.Array(GapSetting) }, CLOSED)

/** What the hub's administrator may set of a rule; names the version that was read. */
export const ChangedGapSetting = Type.Object(
  {
    amounts: GapSetting.properties.amounts,
    severity: GapSetting.properties.severity,
    is_on: GapSetting.properties.is_on,
    version: GapSetting.properties.version,
  },
  CLOSED,
)
