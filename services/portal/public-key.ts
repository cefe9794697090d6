import { createPublicKey } from 'node:crypto'
import type { PublicJwk } from '../../src/contracts/agency-key.ts'

/** `private`: it holds a private part, which nobody else may ever see. `unreadable`: no key of P-256. */
export type ReadKey = PublicJwk | 'private' | 'unreadable'

/** A public key as somebody pasted it: a JWK (RFC 7517), or PEM (RFC 7468). */
export const publicKeyOf = (text: string): ReadKey => {
  try {
    if (text.includes('PRIVATE KEY')) return 'private'
    const given = text.startsWith('{') ? (JSON.parse(text) as object) : null
    if (given !== null && 'd' in given) return 'private'
    const key =
      given === null
        ? createPublicKey({ key: text, format: 'pem', type: 'spki' })
        : createPublicKey({ key: { ...given }, format: 'jwk' })
    const { kty, crv, x, y } = key.export({ format: 'jwk' })
    if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined) {
      return { kty, crv, x, y }
    }
  } catch {
    // Not a key at all.
  }
  return 'unreadable'
}
