import { createHash } from 'node:crypto'
import { base32 } from './accounts/totp.ts'

/** Groups of four characters; eight of them are 160 bits. */
const GROUPS = 8

/**
 * A key's fingerprint to read aloud: the first 160 bits of its RFC 7638 thumbprint in the letters of
 * RFC 4648 (no 0, 1, 8 or 9), in eight groups of four.
 */
export const fingerprintOf = (jwk: {
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
}): string => {
  const { crv, x, y } = jwk
  const canonical = JSON.stringify({ crv, kty: 'EC', x, y })
  const text = base32(createHash('sha256').update(canonical).digest()).slice(0, GROUPS * 4)
  return text.replaceAll(/.{4}(?=.)/g, '$& ')
}

/** Whether what somebody wrote down is that fingerprint; case and spaces do not matter. */
export const isFingerprint = (written: string | undefined, fingerprint: string): boolean => {
  const plain = (text: string): string => text.toUpperCase().replaceAll(/[\s-]/g, '')
  return plain(written ?? '') === plain(fingerprint)
}
