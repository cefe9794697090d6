import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'

const BASE64URL = /^[A-Za-z0-9_-]+$/

/**
 * Whether a compact JWS is written in the one spelling of its bytes. Base64url has several, and
 * jose reads them all: without this check the text of a token is no name for it (RFC 7515 section 2).
 */
export const isCanonicalJws = (token: string): boolean => {
  const parts = token.split('.')
  return (
    parts.length === 3 &&
    parts.every(
      (part) =>
        BASE64URL.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part,
    )
  )
}

/** The members that a header of this hub's tokens may have: none that brings a key or an order. */
const HEADER_MEMBERS: readonly string[] = ['alg', 'kid', 'typ']

export interface ReadJws {
  readonly typ: string | undefined
  readonly kid: string | undefined
  readonly payload: Uint8Array
}

/**
 * Reads a compact JWS: one spelling, ES256, a plain header, a signature by a key of the set. Null for
 * whatever does not hold; `kid` chooses among keys and brings none.
 */
export const readJws = async (
  token: string,
  keys: JSONWebKeySet,
  maxLength: number,
): Promise<ReadJws | null> => {
  if (token.length > maxLength || !isCanonicalJws(token)) return null
  try {
    const { payload, protectedHeader } = await compactVerify(token, createLocalJWKSet(keys), {
      algorithms: ['ES256'],
    })
    if (!Object.keys(protectedHeader).every((member) => HEADER_MEMBERS.includes(member)))
      return null
    const { typ, kid } = protectedHeader
    return { typ, kid, payload }
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

/** The JSON of a payload; null when it is none, or not in UTF-8. */
export const jsonOf = (payload: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    return null
  }
}
