import { Type, type Static, type TUnsafe } from 'typebox'

/** A closed list of codes as a TypeBox schema: `Static` of it is the union. */
export const oneOf = <const T extends readonly string[]>(codes: T): TUnsafe<T[number]> =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...codes] })

/** A schema that may be null. */
export const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

/** Who holds the key that signed: the agency itself, or the hub for it. */
export const CUSTODY = ['hub', 'agency'] as const

/** The eleven stages of a survivor's pathway, in their usual order. */
export const STAGES = [
  'identification',
  'assessment',
  'protection',
  'shelter',
  'psychosocial',
  'legal',
  'health',
  'economic',
  'family_reunification',
  'reintegration',
  'monitoring',
] as const
export type Stage = (typeof STAGES)[number]

/** What a hand-off is for: a stage, or one of three purposes beside the stages. */
export const PURPOSES = [...STAGES, 'repatriation', 'statutory_report', 'emergency'] as const
export type Purpose = (typeof PURPOSES)[number]

/** Purposes that need the survivor's own recorded wish and a risk assessment (UU 21/2007 art. 51). */
export const RETURNS = [
  'repatriation',
  'family_reunification',
  'reintegration',
] as const satisfies readonly Purpose[]
export const isReturn = (purpose: Purpose): boolean =>
  (RETURNS as readonly Purpose[]).includes(purpose)

export const STAGE_STATES = [
  'not_assessed',
  'needed',
  'not_needed',
  'survivor_declined',
  'referred',
  'in_service',
  'completed',
] as const
export type StageState = (typeof STAGE_STATES)[number]

/** Data categories; a field, note or file belongs to exactly one. */
export const CATEGORIES = [
  'identity',
  'contact',
  'location',
  'safety',
  'exploitation',
  'legal',
  'health_physical',
  'health_reproductive',
  'health_mental',
  'economic',
  'family',
  'documents',
  'narrative',
] as const
export type Category = (typeof CATEGORIES)[number]

/**
 * What a case holds: the categories, and notes of therapy, which never leave the agency that wrote
 * them. Nothing that consent, packages or messages name can name those.
 */
export const HELD = [...CATEGORIES, 'therapy_notes'] as const
export type Held = (typeof HELD)[number]

/** Extra sensitive: withheld unless named one by one, and consent to them ends sooner. */
export const SENSITIVE: readonly Category[] = [
  'location',
  'safety',
  'health_reproductive',
  'health_mental',
  'narrative',
]

export const URGENCIES = ['emergency', 'urgent', 'normal'] as const
export type Urgency = (typeof URGENCIES)[number]

export const REFERRAL_KINDS = ['referral', 'transfer'] as const
export type ReferralKind = (typeof REFERRAL_KINDS)[number]

export const AGE_BANDS = [
  'under_12',
  'from_12_to_17',
  'from_18_to_24',
  'from_25_to_39',
  'from_40_to_59',
  'from_60',
  'unknown',
] as const
export type AgeBand = (typeof AGE_BANDS)[number]

/** Under 18, or age unknown: guardian rules apply. */
export const MINOR_AGE_BANDS: readonly AgeBand[] = ['under_12', 'from_12_to_17', 'unknown']

/** What a receiving service must be ready for; flags say what to prepare, never what happened. */
export const NEEDS = [
  'accompanied_children',
  'disability_access',
  'interpreter',
  'medical_urgent',
  'medication',
  'pregnancy',
  'female_staff',
  'male_staff',
  'protected_site',
  'travel_documents',
  'wage_claim',
] as const
export type Need = (typeof NEEDS)[number]

export const ROLES = [
  'intake_worker',
  'case_worker',
  'supervisor',
  'reviewer',
  'oversight_reviewer',
  'hub_administrator',
] as const
export type Role = (typeof ROLES)[number]

/** OAuth scopes of an agency system. */
export const SCOPES = [
  'referrals:send',
  'referrals:receive',
  'audit:read',
  'directory:write',
] as const
export type Scope = (typeof SCOPES)[number]

export const CONSENT_METHODS = ['written', 'recorded', 'witnessed'] as const
export const CONSENT_STATUSES = ['given', 'renewed', 'refused'] as const
export type ConsentStatus = (typeof CONSENT_STATUSES)[number]
export const ONWARD = ['none', 'with_new_consent'] as const
/** Lawful bases; only `consent` ends by withdrawal. */
export const BASES = ['consent', 'statutory_report', 'vital_interest', 'public_task'] as const
export type Basis = (typeof BASES)[number]

/** A guardian in one of these states cannot consent for a child. */
export const GUARDIAN_STATES = [
  'able',
  'suspected_perpetrator',
  'obstructing',
  'incapable',
  'none',
  'whereabouts_unknown',
] as const

export const STOP_ANSWERS = ['stopped', 'returned', 'deleted', 'retained_by_law'] as const

/** Area codes of the Ministry of Home Affairs: province `31`, regency or city `31.71`. */
export const AreaCode = Type.String({
  pattern: '^[0-9]{2}(\\.[0-9]{2})?$',
  description: 'Ministry of Home Affairs code: a province (31) or a regency or city (31.71)',
})
export const TIME_ZONES = ['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'] as const

/** Lower case alone: what is sealed is bound to the id as it is written. */
export const Id = Type.String({
  format: 'uuid',
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
})
/** The largest Postgres integer. */
export const INT4_MAX = 2_147_483_647
/** Of compare-and-set: what the caller saw last. */
export const Version = Type.Integer({
  minimum: 1,
  maximum: INT4_MAX,
  description: 'The version that was seen',
})
export const Instant = Type.String({ format: 'date-time', description: 'UTC, RFC 3339' })
export const Day = Type.String({ format: 'date', description: 'Calendar day, ISO 8601' })
export type Id = Static<typeof Id>
