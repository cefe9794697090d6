import { SignJWT } from 'jose'
import { permitAudienceOf, permitIssuerOf } from './contracts/permit.ts'
import type { Keys } from './keys.ts'

export const SET_TYPE = 'secevent+jwt'
export const SET_CONTENT_TYPE = 'application/secevent+jwt'

export interface SecurityEvent {
  /** The agency that it is for. */
  readonly agency: string
  /** The same for every try: receivers handle a `jti` once. */
  readonly jti: string
  readonly at: Date
  /** By event URI. MUST hold numbers and codes only. */
  readonly events: Readonly<Record<string, Readonly<Record<string, string | number>>>>
}

/**
 * Signs a security event token (RFC 8417) with the key of the permits, which verifies against the
 * same public key set. It has no `exp` (RFC 8417 section 2.2).
 */
export const signSet = (keys: Keys, publicUrl: string, event: SecurityEvent): Promise<string> =>
  new SignJWT({ events: event.events })
    .setProtectedHeader({ alg: 'ES256', typ: SET_TYPE, kid: keys.permits.kid })
    .setIssuer(permitIssuerOf(publicUrl))
    .setAudience(permitAudienceOf(event.agency))
    .setIssuedAt(Math.floor(event.at.getTime() / 1000))
    .setJti(event.jti)
    .sign(keys.permits.privateKey)
