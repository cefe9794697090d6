import { Type, type Static } from 'typebox'
import {
  CATEGORIES,
  CONSENT_METHODS,
  CONSENT_STATUSES,
  CUSTODY,
  GUARDIAN_STATES,
  INT4_MAX,
  oneOf,
  ONWARD,
  orNull,
  PURPOSES,
} from './codes.ts'
import { GUARDIAN_RELATIONS } from './consent.ts'
import { AgencyName, Digest, HandoffName, Pseudonym, Seconds, StatementName } from './permit.ts'

/** The signed documents that a permit cites: the statement, the manifest, the status list. */
const CLOSED = { additionalProperties: false } as const

export const STATEMENT_TYPE = 'consent-statement+jwt'
export const MANIFEST_TYPE = 'handoff-manifest+jwt'
export const STATUS_LIST_TYPE = 'statuslist+jwt'

/**
 * A consent statement as evidence. Fields after ISO/IEC TS 27560. `sub` is a pseudonym of one reader:
 * of the capturing agency for the whole, of the recipient for what is made out to it alone.
 */
export const StatementClaims = Type.Object(
  {
    iss: AgencyName,
    sub: Pseudonym,
    jti: StatementName,
    iat: Seconds,
    exp: Seconds,
    ver: Type.Integer({ minimum: 1, maximum: INT4_MAX }),
    status: oneOf(CONSENT_STATUSES),
    authorization_details: Type.Array(
      Type.Object(
        {
          type: Type.String({ pattern: '/ad/consent/v1$' }),
          locations: Type.Array(AgencyName, { minItems: 1 }),
          purposes: Type.Array(oneOf(PURPOSES), { minItems: 1 }),
          datatypes: Type.Array(oneOf(CATEGORIES), { minItems: 1 }),
          onward: oneOf(ONWARD),
          sensitive_exp: { ...Seconds, description: 'When extra sensitive datatypes end' },
          until_closed: Type.Boolean(),
        },
        CLOSED,
      ),
      { minItems: 1, maxItems: 1 },
    ),
    evidence: Type.Object(
      {
        method: oneOf(CONSENT_METHODS),
        form: Type.Object({ version: Type.String(), sha256: Type.String() }, CLOSED),
        lang: Type.String(),
        captured_by: Pseudonym,
        interpreter: Type.Boolean(),
        guardian: orNull(
          Type.Object(
            {
              state: oneOf(GUARDIAN_STATES),
              relation: Type.Optional(oneOf(GUARDIAN_RELATIONS)),
            },
            CLOSED,
          ),
        ),
        assent: orNull(Type.Boolean()),
      },
      CLOSED,
    ),
    withdrawal: Type.String({ description: 'Where it is withdrawn, by whoever holds the case' }),
    custody: oneOf(CUSTODY),
    schema: oneOf(['ts27560:2023/titian-1']),
  },
  CLOSED,
)
export type StatementClaims = Static<typeof StatementClaims>

/** One sealed part of a package: never its content, and its size in rough steps alone. */
export const ManifestPart = Type.Object(
  {
    category: oneOf(CATEGORIES),
    size: Type.Integer({
      minimum: 1024,
      description: 'Bytes as sealed, rounded up to 4 to the n KiB',
    }),
    dig: Digest,
  },
  CLOSED,
)

/** What a hand-off consists of, signed by the sender's key. The permit cites its digest as `htd`. */
export const ManifestClaims = Type.Object(
  {
    iss: AgencyName,
    aud: AgencyName,
    jti: HandoffName,
    parts: Type.Array(ManifestPart),
    cst: orNull(Digest),
    custody: oneOf(CUSTODY),
  },
  CLOSED,
)
export type ManifestClaims = Static<typeof ManifestClaims>

/** How long a status list token may be relied on, and how soon a newer one is worth asking for. */
export const STATUS_EXP_S = 300
export const STATUS_TTL_S = 60

export const StatusListClaims = Type.Object({
  iss: Type.String(),
  sub: Type.String(),
  iat: Seconds,
  exp: Seconds,
  ttl: Type.Integer({ minimum: 1 }),
  status_list: Type.Object({
    bits: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(4), Type.Literal(8)]),
    lst: Type.String({ pattern: '^[A-Za-z0-9_-]+$' }),
  }),
})
export type StatusListClaims = Static<typeof StatusListClaims>

/** Everything that a recipient needs to check a hand-off without asking anybody. */
export const HandoffProof = Type.Object(
  {
    permit: Type.String(),
    manifest: Type.String(),
    statement: orNull(Type.String({ description: 'Null on another lawful basis than consent' })),
    status: Type.String({ description: 'The status list token that the permit points to' }),
  },
  CLOSED,
)
export type HandoffProof = Static<typeof HandoffProof>
