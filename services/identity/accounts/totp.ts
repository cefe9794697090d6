import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import type { Keys } from '../../../src/keys.ts'

const STEP_S = 30
const SECRET_BYTES = 20
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** RFC 4648 section 6 without padding, as authenticator apps read it. */
export const base32 = (bytes: Uint8Array): string => {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => ALPHABET[Number.parseInt(group.padEnd(5, '0'), 2)] ?? '').join('')
}

export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES)

/** The code of one time step: HOTP with SHA-1 and six digits (RFC 4226 section 5.3). */
export const codeOfStep = (secret: Uint8Array, step: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000
  return String(number).padStart(6, '0')
}

export const stepNow = (): number => Math.floor(Date.now() / 1000 / STEP_S)

/** The time step that a code is of: this one or the one before or behind; null for none of them. */
export const stepOfCode = (secret: Uint8Array, code: string, now = stepNow()): number | null => {
  const given = Buffer.from(code)
  let found: number | null = null
  for (const step of [now - 1, now, now + 1]) {
    const wanted = Buffer.from(codeOfStep(secret, step))
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) found = step
  }
  return found
}

/** What authenticator apps read from the picture. */
export const totpUri = (secret: Uint8Array, login: string): string =>
  `otpauth://totp/Titian:${encodeURIComponent(login)}?secret=${base32(secret)}&issuer=Titian`

/** Seals a secret for the database: nonce, ciphertext, tag. Bound to its person. */
export const sealSecret = (
  keys: Pick<Keys, 'derive'>,
  secret: Uint8Array,
  person: string,
): Buffer => {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keys.derive('totp'), nonce)
  cipher.setAAD(Buffer.from(person))
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

/** @throws when it was sealed for another person or by another hub */
export const openSecret = (keys: Pick<Keys, 'derive'>, sealed: Buffer, person: string): Buffer => {
  const decipher = createDecipheriv(
    'aes-256-gcm',
    keys.derive('totp'),
    sealed.subarray(0, NONCE_BYTES),
  )
  decipher.setAAD(Buffer.from(person))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const secret = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
  return Buffer.concat([secret, decipher.final()])
}
