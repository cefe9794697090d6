import { Type, type Static } from 'typebox'
import { CUSTODY, Instant, oneOf, orNull } from './codes.ts'

/** Keys that sign for an agency, and how an agency shows that one is its own. */
const CLOSED = { additionalProperties: false } as const

/** `typ` of the token by which an agency shows that it holds the private part of a key. */
export const KEY_PROOF_TYPE = 'agency-key-proof+jwt'

/** A public key of P-256 (RFC 7517), closed: a private part is refused. */
export const PublicJwk = Type.Object(
  {
    kty: oneOf(['EC']),
    crv: oneOf(['P-256']),
    x: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    y: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    kid: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  CLOSED,
)
export type PublicJwk = Static<typeof PublicJwk>

export const KeyChallenge = Type.Object(
  {
    challenge: Type.String({ description: 'To be signed by the key, as the claim `challenge`' }),
    audience: Type.String({ description: '`aud` of what is signed' }),
    expires_at: Instant,
  },
  CLOSED,
)

const Name = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'RFC 7638 thumbprint' })
export const AgencyKeyName = Name

/** Of an agency's own key, in eight groups of four to read aloud. */
const Fingerprint = Type.String()

/** A key by which signatures are judged, with the time in which it signed. */
export const AgencyKey = Type.Object(
  {
    kty: Type.String(),
    crv: Type.String(),
    x: Type.String(),
    y: Type.String(),
    kid: Type.String(),
    alg: Type.String(),
    use: Type.String(),
    custody: oneOf(CUSTODY),
    state: oneOf(['live', 'retired', 'revoked']),
    fingerprint: orNull(Fingerprint),
    live_at: orNull(Instant),
    retired_at: orNull(Instant),
    revoked_at: orNull(Instant),
    compromised_since: {
      ...orNull(Instant),
      description:
        'Of a revoked key: what it signed before holds. Null: nothing that it signed does',
    },
    told: orNull(
      Type.Object(
        {
          holders: Type.Integer({ minimum: 0 }),
          confirmed: Type.Integer({ minimum: 0 }),
          unreached: Type.Array(Type.String()),
        },
        {
          ...CLOSED,
          description: 'Of a revoked key, for its own agency: who has confirmed that they know',
        },
      ),
    ),
  },
  CLOSED,
)
export type AgencyKey = Static<typeof AgencyKey>

/**
 * Keys that sign for an agency. `custody` says who holds the private part. What is not yet to be
 * believed stands apart in `waiting`, without its public part.
 */
export const AgencyKeySet = Type.Object(
  {
    keys: Type.Array(AgencyKey),
    waiting: Type.Array(
      Type.Object(
        {
          kid: Type.String(),
          fingerprint: Fingerprint,
          state: oneOf(['proposed', 'cooling']),
          since: Instant,
          live_at: orNull(Instant),
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
)
export type AgencyKeySet = Static<typeof AgencyKeySet>

export const EndedAgencyKey = Type.Object(
  {
    state: {
      ...oneOf(['retired', 'revoked']),
      description: 'revoked: it is, or may be, in wrong hands',
    },
    compromised_since: Type.Optional({
      ...Instant,
      description: 'Of a revoked key: until then it was in no wrong hands, for certain',
    }),
  },
  CLOSED,
)
