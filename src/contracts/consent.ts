import { Type, type Static } from 'typebox'
import {
  BASES,
  CATEGORIES,
  CONSENT_METHODS,
  CONSENT_STATUSES,
  CUSTODY,
  GUARDIAN_STATES,
  Id,
  Instant,
  INT4_MAX,
  oneOf,
  ONWARD,
  orNull,
  PURPOSES,
  STOP_ANSWERS,
  Version,
} from './codes.ts'
import { LegalReference } from './lawful-basis.ts'
import { REVOKE_REASONS } from './lifecycle.ts'

/** The shapes of consent: statements (evidence), grants (what permits), withdrawals, stop orders. */
const CLOSED = { additionalProperties: false } as const

/** Longest period of a statement; for extra sensitive categories it ends sooner. */
export const CONSENT_MONTHS = 6
export const SENSITIVE_MONTHS = 3
export const GUARDIAN_RELATIONS = [
  'mother',
  'father',
  'grandparent',
  'sibling',
  'other_relative',
  'court_appointed',
  'institution',
] as const

const named = { minItems: 1, maxItems: 20, uniqueItems: true } as const
const scope = {
  recipients: Type.Array(Id, { ...named, maxItems: 20 }),
  purposes: Type.Array(oneOf(PURPOSES), named),
  categories: Type.Array(oneOf(CATEGORIES), { ...named, description: 'Each named by itself' }),
  onward: oneOf(ONWARD),
}

const Jws = Type.String({ maxLength: 16_384, pattern: '^[A-Za-z0-9_.-]*$' })

/** What a worker records of what the survivor said. No field may hold anything personal. */
export const NewStatement = Type.Object(
  {
    case: Id,
    status: oneOf(CONSENT_STATUSES),
    ...scope,
    ends_at: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'At most 6 months ahead; absent: until the referral closes, at most 6 months',
      }),
    ),
    method: oneOf(CONSENT_METHODS),
    language: Type.String({ pattern: '^[a-z]{2,3}$', description: 'ISO 639, as it was asked' }),
    notice: Type.Object(
      {
        version: Type.String({ pattern: '^[A-Za-z0-9._-]{1,40}$' }),
        sha256: Type.String({
          pattern: '^[0-9a-f]{64}$',
          description: 'Of the notice that was read',
        }),
      },
      CLOSED,
    ),
    interpreter: Type.Boolean({ description: 'An interpreter was there' }),
    guardian: Type.Optional(
      Type.Object({ state: oneOf(GUARDIAN_STATES), relation: oneOf(GUARDIAN_RELATIONS) }, CLOSED),
    ),
    assent: Type.Optional(Type.Boolean({ description: "The child's own agreement" })),
    turns_18_on: Type.Optional(
      Type.String({
        format: 'date',
        description:
          'Goes with a guardian, who consents until then; not stored. When the day is not known: the earliest that it can be. May be left out only when the age is unknown: then the consent ends after 3 months',
      }),
    ),
    id: Type.Optional(
      Type.String({ ...Id, description: 'Statement that this is a new version of' }),
    ),
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: INT4_MAX,
        description: 'The version that was read; goes with id',
      }),
    ),
    signed: Type.Optional(
      Type.Object(
        {
          whole: Jws,
          copies: Type.Array(Type.Object({ recipient: Id, jws: Jws }, CLOSED), { maxItems: 20 }),
        },
        {
          ...CLOSED,
          description:
            'The texts of POST /v1/consents/to-sign as JWS by a live key of the agency, typ consent-statement+jwt, within 10 minutes',
        },
      ),
    ),
  },
  CLOSED,
)
export type NewStatement = Static<typeof NewStatement>

/** Canonical texts (RFC 8785) that an agency signs with a key of its own. */
export const StatementToSign = Type.Object(
  {
    whole: Type.String(),
    copies: Type.Array(Type.Object({ recipient: Id, text: Type.String() }, CLOSED)),
    expires_at: Instant,
  },
  CLOSED,
)

/** One version of a statement. `digest` is the SHA-256 (base64url) of `body`, canonical JSON. */
export const StatementRead = Type.Object(
  {
    id: Id,
    version: Version,
    case: Id,
    agency: Id,
    status: oneOf(CONSENT_STATUSES),
    recipients: Type.Array(Id),
    purposes: Type.Array(oneOf(PURPOSES)),
    categories: Type.Array(oneOf(CATEGORIES)),
    onward: oneOf(ONWARD),
    starts_at: Instant,
    ends_at: Instant,
    body: Type.String({ description: 'The evidence, whole (RFC 8785)' }),
    digest: Type.String(),
    jws: Type.String({
      description: "`body` signed with the capturing agency's key, typ consent-statement+jwt",
    }),
    custody: { ...oneOf(CUSTODY), description: 'Who holds the key that signed' },
    captured_by: Type.String(),
    at: Instant,
  },
  CLOSED,
)
export type StatementRead = Static<typeof StatementRead>

/** What permits one recipient to get data for one purpose. `basis` says by what right. */
export const GrantRead = Type.Object(
  {
    id: Id,
    case: Id,
    recipient: Id,
    purpose: oneOf(PURPOSES),
    basis: oneOf(BASES),
    legal_reference: orNull(Type.String()),
    statement: orNull(Id),
    statement_version: orNull(Version),
    categories: Type.Array(oneOf(CATEGORIES)),
    sensitive: Type.Array(oneOf(CATEGORIES), {
      description: 'Those that end at sensitive_ends_at',
    }),
    ends_at: Instant,
    sensitive_ends_at: Instant,
    until_closed: Type.Boolean({
      description: 'It ends before that when the last referral that it served is closed',
    }),
    by_guardian: Type.Boolean({ description: 'It permits for a minor alone' }),
    onward: oneOf(ONWARD),
    approved_by: orNull(Type.String({ description: 'The supervisor behind another basis' })),
    status: {
      ...oneOf(['active', 'ended', 'revoked', 'distrusted']),
      description: 'distrusted: the key that signed it was revoked; she is asked again',
    },
    version: Version,
  },
  CLOSED,
)
export type GrantRead = Static<typeof GrantRead>

export const RecordedStatement = Type.Object(
  {
    statement: StatementRead,
    grants: Type.Array(GrantRead),
    withdrawals: Type.Array(Id, { description: 'What this statement took away' }),
    revoked: Type.Array(Id, { description: 'Referrals that ended by it' }),
  },
  CLOSED,
)
export const StatementVersions = Type.Object(
  { id: Id, case: Id, versions: Type.Array(StatementRead), grants: Type.Array(GrantRead) },
  CLOSED,
)
export const ConsentPage = Type.Object(
  {
    items: Type.Array(StatementRead),
    grants: Type.Array(GrantRead, { description: 'Everything that permits, whatever its basis' }),
    next: orNull(Type.String()),
  },
  CLOSED,
)

/** all_sharing names no recipient, this_agency one, this_referral a recipient and a purpose. */
export const NewWithdrawal = Type.Object(
  {
    case: Id,
    scope: oneOf(REVOKE_REASONS),
    recipient: Type.Optional(Id),
    purpose: Type.Optional(oneOf(PURPOSES)),
    category: Type.Optional(oneOf(CATEGORIES)),
  },
  CLOSED,
)
export type NewWithdrawal = Static<typeof NewWithdrawal>

/** An order to a holder to stop. `overdue`: three times 24 hours have passed without an answer. */
export const StopOrderRead = Type.Object(
  {
    id: Id,
    owner: Id,
    holder: Id,
    referral: Id,
    categories: Type.Array(oneOf(CATEGORIES)),
    state: oneOf(['waiting', 'overdue', 'answered']),
    due_at: Instant,
    answer: orNull(oneOf(STOP_ANSWERS)),
    legal_reference: orNull(Type.String()),
    answered_at: orNull(Instant),
    at: Instant,
  },
  CLOSED,
)
export type StopOrderRead = Static<typeof StopOrderRead>

export const StopOrderPage = Type.Object(
  { items: Type.Array(StopOrderRead), next: orNull(Type.String()) },
  CLOSED,
)

/** legal_reference goes with retained_by_law, and only with it. */
export const StopAnswer = Type.Object(
  { answer: oneOf(STOP_ANSWERS), legal_reference: Type.Optional(LegalReference) },
  CLOSED,
)

export const WithdrawalRead = Type.Object(
  {
    id: Id,
    case: Id,
    basis: oneOf(BASES),
    scope: oneOf(REVOKE_REASONS),
    recipient: orNull(Id),
    purpose: orNull(oneOf(PURPOSES)),
    category: orNull(oneOf(CATEGORIES)),
    at: Instant,
    holders: Type.Integer({ description: 'Agencies that hold something' }),
    confirmed: Type.Integer({ description: 'Those that answered every order' }),
    orders: Type.Array(StopOrderRead),
    told: Type.Object(
      {
        holders: Type.Integer({ description: 'Agencies that are told that a permit has ended' }),
        confirmed: Type.Integer({ description: 'Those that have confirmed that they know' }),
        unreached: Type.Array(Id, { description: 'Not confirmed for a minute: call them' }),
      },
      CLOSED,
    ),
  },
  CLOSED,
)
export type WithdrawalRead = Static<typeof WithdrawalRead>

export const WithdrawalPage = Type.Object(
  { items: Type.Array(WithdrawalRead), next: orNull(Type.String()) },
  CLOSED,
)

const Words = Type.Object({ id: Type.String(), en: Type.String() }, CLOSED)

export const Withdrawn = Type.Object(
  {
    grants: Type.Integer({ description: 'Grants that ended or were narrowed; 0: none was active' }),
    revoked: Type.Array(Id, { description: 'Referrals that ended' }),
    withdrawal: orNull(WithdrawalRead),
    remaining: Type.Array(GrantRead, {
      description:
        'What still permits what was withdrawn: other lawful bases, shown as what they are',
    }),
    notice: { ...Words, description: 'To be read to the survivor' },
  },
  CLOSED,
)
