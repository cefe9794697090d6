import { Type, type Static } from 'typebox'
import { BASES, CATEGORIES, Day, oneOf, ONWARD, PURPOSES } from './codes.ts'

/** `typ` of a hand-off permit's header. */
export const PERMIT_TYPE = 'handoff-permit+jwt'

/** How long a permit admits a hand-off, in seconds. */
export const PERMIT_TTL_S = 900

/** Where the hub's public keys for permits are. */
export const PERMIT_KEYS_PATH = '/.well-known/jwks.json'

/** `iss` of permits, of a hub that is reached at `publicUrl`. */
export const permitIssuerOf = (publicUrl: string): string => publicUrl

/** An agency in signed documents: the one audience of a permit, the issuer of a statement. */
export const permitAudienceOf = (agency: string): string => `urn:uuid:${agency}`

/** A hand-off in signed documents: `jti` of its permits and manifest. */
export const permitIdOf = (referral: string): string => `h_${referral.replaceAll('-', '')}`

/** A consent statement in signed documents. */
export const statementNameOf = (statement: string): string => `c_${statement.replaceAll('-', '')}`

/** Where the status list of that number is. */
export const statusListUriOf = (publicUrl: string, list: number): string =>
  `${publicUrl}/v1/status-lists/${list}`

const CLOSED = { additionalProperties: false } as const
const agencyName = { pattern: '^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }
const pseudonym = { pattern: '^pw:[A-Za-z0-9_-]{22}$' }
export const AgencyName = Type.String(agencyName)
export const Pseudonym = Type.String(pseudonym)
export const HandoffName = Type.String({ pattern: '^h_[0-9a-f]{32}$', description: 'The referral' })
export const StatementName = Type.String({ pattern: '^c_[0-9a-f]{32}$' })
/** SHA-256 in base64url. */
export const Digest = Type.String({ pattern: '^sha-256:[A-Za-z0-9_-]{43}$' })
export const Seconds = Type.Integer({ minimum: 0 })

/** What a permit allows (RFC 9396). `basis` says by what right; it is not always consent. */
const Detail = Type.Object(
  {
    type: Type.String({ pattern: '/ad/referral/v1$' }),
    actions: Type.Array(oneOf(['receive', 'read'])),
    datatypes: Type.Array(oneOf(CATEGORIES), { uniqueItems: true }),
    purpose: oneOf(PURPOSES),
    locations: Type.Array(AgencyName, { minItems: 1, maxItems: 1 }),
    basis: oneOf(BASES),
    onward: oneOf(ONWARD),
    retain_until: Day,
  },
  CLOSED,
)

/** Claims of a hand-off permit. Times are seconds since 1970. */
export const PermitClaims = Type.Object(
  {
    iss: Type.String(),
    sub: Type.String({ ...pseudonym, description: 'The survivor, as this agency knows them' }),
    aud: Type.String({ ...agencyName, description: 'Exactly one receiver, as a string' }),
    jti: HandoffName,
    iat: Seconds,
    nbf: Seconds,
    exp: Seconds,
    act: Type.Object(
      { sub: AgencyName, act: Type.Object({ sub: Type.String(pseudonym) }, CLOSED) },
      { ...CLOSED, description: 'The sending agency, and its member (RFC 8693 section 4.1)' },
    ),
    authorization_details: Type.Array(Detail, { minItems: 1, maxItems: 1 }),
    cst: Type.Optional(
      Type.Object(
        {
          jti: StatementName,
          ver: Type.Integer({ minimum: 1 }),
          dig: Digest,
        },
        { ...CLOSED, description: 'The consent statement; absent on another lawful basis' },
      ),
    ),
    cnf: Type.Object(
      { jkt: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) },
      {
        ...CLOSED,
        description: "Thumbprint of the sender's key, which signed the manifest (RFC 7800)",
      },
    ),
    htd: { ...Digest, description: 'Digest of the manifest' },
    status: Type.Object(
      {
        status_list: Type.Object({ idx: Type.Integer({ minimum: 0 }), uri: Type.String() }, CLOSED),
      },
      CLOSED,
    ),
    txn: Type.String({ format: 'uuid', description: 'The journal entry of the decision' }),
  },
  CLOSED,
)
export type PermitClaims = Static<typeof PermitClaims>

/** Keys that verify permits (RFC 7517). */
export const KeySet = Type.Object(
  {
    keys: Type.Array(
      Type.Object(
        {
          kty: Type.String(),
          crv: Type.String(),
          x: Type.String(),
          y: Type.String(),
          kid: Type.String(),
          alg: Type.String(),
          use: Type.String(),
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
)
