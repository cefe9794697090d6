import { Type, type Static } from 'typebox'
import { oneOf, ROLES } from './codes.ts'

/** `typ` of an access token's header (RFC 9068 section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

/** Longest life of an access token, in seconds. */
export const ACCESS_TOKEN_TTL_S = 300

/** Issuer of access tokens, of a hub that is reached at `publicUrl`. */
export const issuerOf = (publicUrl: string): string => `${publicUrl}/oidc`

/** Audience of access tokens: the API, as one string. */
export const audienceOf = (publicUrl: string): string => `${publicUrl}/v1`

const AgencyId = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })

/** What every access token says (RFC 9068 section 2.2). Times are seconds since 1970. */
const registered = {
  iss: Type.String(),
  aud: Type.String({ description: 'Exactly one audience, as a string' }),
  exp: Type.Integer(),
  iat: Type.Integer(),
  jti: Type.String({ minLength: 1 }),
  client_id: Type.String({ minLength: 1 }),
}

/** A program of an agency; `sub` equals `client_id` (RFC 9068 section 2.2). */
export const SystemClaims = Type.Object({
  ...registered,
  sub: Type.String({ minLength: 1 }),
  agency: AgencyId,
  scope: Type.Optional(Type.String({ description: 'Separated by spaces (RFC 8693 section 4.2)' })),
  cnf: Type.Object({ jkt: Type.String({ description: 'Thumbprint of its key (RFC 9449)' }) }),
})

/** A person, by a client that acts for them; `sub` is the person's id. */
export const PersonClaims = Type.Object({
  ...registered,
  sub: AgencyId,
  agency: Type.Union([AgencyId, Type.Null()]),
  roles: Type.Array(oneOf(ROLES), { minItems: 1 }),
  auth_time: Type.Optional(Type.Integer({ description: 'When the person signed in' })),
})

export type SystemClaims = Static<typeof SystemClaims>
export type PersonClaims = Static<typeof PersonClaims>
