import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose'
import { isCanonicalJws } from '../../../src/jws.ts'
import type { Context } from '../../../src/service.ts'
import { isStorable } from '../../../src/storable.ts'
import type { Provider, RelyingParty } from './relying-party.ts'

/** How old a logout token may be, and how far its clock may go ahead, in seconds. */
const MAX_AGE_S = 300
const AHEAD_S = 30
const MAX_NAME = 255
/** What providers sign ID tokens with; never `none`, never a shared secret. */
const ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519']
const TYPES: readonly unknown[] = [undefined, 'logout+jwt', 'JWT']
/** Members of a header that bring a key or an order. */
const FOREIGN_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit']
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

export interface LogoutToken {
  readonly provider: Provider
  readonly subject: string | null
  readonly sid: string | null
  readonly jti: string
  /** Seconds since 1970, by the provider's clock. */
  readonly issuedAt: number
  /** Seconds since 1970: from then on it would be refused anyway. */
  readonly goodUntil: number
}

const nameOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME && isStorable(value)
    ? value
    : null

/** Who a token says it is from and for: only to choose keys, before anything of it is believed. */
const partiesOf = (token: string): { issuer: string; audiences: string[] } | null => {
  if (!isCanonicalJws(token)) return null
  try {
    const { iss, aud } = decodeJwt(token)
    const header = decodeProtectedHeader(token) as Readonly<Record<string, unknown>>
    if (!TYPES.includes(header['typ'])) return null
    if (FOREIGN_MEMBERS.some((member) => member in header)) return null
    const audiences = typeof aud === 'string' ? [aud] : (aud ?? [])
    return typeof iss === 'string' && audiences.length === 1 ? { issuer: iss, audiences } : null
  } catch {
    return null
  }
}

const isEvent = (events: unknown): boolean => {
  if (typeof events !== 'object' || events === null || !(EVENT in events)) return false
  const event: unknown = events[EVENT]
  return typeof event === 'object' && event !== null && !Array.isArray(event)
}

const read = (provider: Provider, claims: JWTPayload): LogoutToken | null => {
  const [subject, sid, jti] = [nameOf(claims.sub), nameOf(claims['sid']), nameOf(claims.jti)]
  const isWhole = (name: 'sub' | 'sid', value: string | null) =>
    value !== null || claims[name] === undefined
  if (jti === null || !isWhole('sub', subject) || !isWhole('sid', sid)) return null
  if ((subject === null && sid === null) || 'nonce' in claims) return null
  if (!isEvent(claims['events'])) return null
  const { iat: issuedAt = 0 } = claims
  return { provider, subject, sid, jti, issuedAt, goodUntil: issuedAt + MAX_AGE_S + AHEAD_S }
}

/**
 * Reads a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6). Null for whatever does not
 * hold; whether it came before is for the caller to ask.
 * @throws when the provider does not answer with its keys
 */
export const readLogoutToken = async (
  ctx: Context,
  party: RelyingParty,
  token: string,
): Promise<LogoutToken | null> => {
  const parties = partiesOf(token)
  const [client = ''] = parties?.audiences ?? []
  if (parties === null || ![client, parties.issuer].every(isStorable)) return null
  const [row] = await ctx.db.call<{ [Name in keyof Provider]: string | null }>(
    'identity.find_issuers',
    [{ issuer: parties.issuer, client_id: client }],
  )
  if (row?.issuer == null) return null
  const provider = row as Provider
  try {
    const { payload } = await jwtVerify(token, await party.keysOf(provider), {
      issuer: provider.issuer,
      audience: provider.client_id,
      algorithms: ALGORITHMS,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: MAX_AGE_S,
      clockTolerance: AHEAD_S,
      currentDate: ctx.now(),
    })
    return read(provider, payload)
  } catch (error) {
    // Not a JOSEError: KeysUnavailable.
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}
