import { Type, type Static } from 'typebox'
import { CATEGORIES, Id, Instant, oneOf, orNull, Version } from './codes.ts'
import { AgencyName, HandoffName, Pseudonym, Seconds } from './permit.ts'

/** Security event tokens (RFC 8417): what a holder is told, and how it says that it knows. */
const CLOSED = { additionalProperties: false } as const

/** `typ` of a security event token, and its media type. */
export const SECURITY_EVENT_TYPE = 'secevent+jwt'
export const SECURITY_EVENT_MEDIA = 'application/secevent+jwt'
export const CONSENT_WITHDRAWN = 'urn:titian:event:consent-withdrawn'
export const KEY_REVOKED = 'urn:titian:event:key-revoked'

/**
 * Claims of a security event token. There is no `exp`: what happened does not end. `sub_id` is the
 * survivor as this agency knows them.
 */
export const SecurityEventClaims = Type.Object(
  {
    iss: Type.String(),
    aud: AgencyName,
    jti: Id,
    iat: Seconds,
    sub_id: Type.Optional(Type.Object({ format: oneOf(['opaque']), id: Pseudonym }, CLOSED)),
    events: Type.Union([
      Type.Object(
        {
          [CONSENT_WITHDRAWN]: Type.Object(
            {
              handoff: HandoffName,
              categories: Type.Array(oneOf(CATEGORIES)),
              stop_order: orNull(Id),
              due: Seconds,
            },
            CLOSED,
          ),
        },
        CLOSED,
      ),
      Type.Object({ [KEY_REVOKED]: Type.Object({ kid: Type.String() }, CLOSED) }, CLOSED),
    ]),
  },
  CLOSED,
)
export type SecurityEventClaims = Static<typeof SecurityEventClaims>

/** How an agency wants to be told. `url` goes with push; `authorization` is never read back. */
export const EventStream = Type.Object(
  {
    method: oneOf(['push', 'poll']),
    url: Type.Optional(Type.String({ minLength: 12, maxLength: 500 })),
    authorization: Type.Optional(
      Type.String({
        pattern: '^[\\x21-\\x7e]+( [\\x21-\\x7e]+)?$',
        maxLength: 500,
        description: 'Sent as the Authorization header',
      }),
    ),
    version: Type.Optional(Version),
  },
  CLOSED,
)
export type EventStream = Static<typeof EventStream>

export const EventStreamRead = Type.Object(
  {
    method: oneOf(['push', 'poll']),
    url: orNull(Type.String()),
    has_authorization: Type.Boolean(),
    version: orNull(Version),
    waiting: Type.Integer({ description: 'Events that this agency has not confirmed' }),
    oldest_at: orNull(Instant),
    failure: orNull(Type.String({ description: 'Why the last push did not arrive' })),
  },
  CLOSED,
)

const Jti = { pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }

/** RFC 8936 section 2.4, in its own spelling. */
export const EventPoll = Type.Object(
  {
    maxEvents: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    returnImmediately: Type.Optional(Type.Boolean()),
    ack: Type.Optional(Type.Array(Type.String(Jti), { maxItems: 200 })),
    setErrs: Type.Optional(
      Type.Unsafe<Record<string, { err: string; description?: string }>>({
        type: 'object',
        maxProperties: 200,
        propertyNames: Jti,
        additionalProperties: {
          type: 'object',
          required: ['err'],
          properties: {
            err: { type: 'string', pattern: '^[a-z_]{1,40}$' },
            description: { type: 'string', maxLength: 500 },
          },
          additionalProperties: false,
        },
      }),
    ),
  },
  CLOSED,
)
export const PolledEvents = Type.Object(
  {
    sets: Type.Unsafe<Record<string, string>>({
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Security event tokens by their jti',
    }),
    moreAvailable: Type.Boolean(),
  },
  CLOSED,
)
