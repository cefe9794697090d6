import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const NONCE = 12
const TAG = 16

/** Purpose under which the key that wraps the data keys of cases is derived. */
export const CASE_SEAL = 'seal/cases'

/** Where a case's sealed data of one category belongs. Services that seal and unseal it agree here. */
export const casePlace = (caseId: string, category: string): string => `case/${caseId}/${category}`

/** Purpose of the key that wraps what a hand-off carries, and the places of its boxes. */
export const REFERRAL_SEAL = 'seal/referrals'
export const packagePlace = (referral: string, category: string): string =>
  `referral/${referral}/${category}`
export const notePlace = (referral: string, note: string): string =>
  `referral/${referral}/note/${note}`

/** Purpose of the key that wraps what agencies write to each other, and the places of its boxes. */
export const MESSAGE_SEAL = 'seal/messages'
export const glassPlace = (glass: string, part: 'reason' | 'review'): string =>
  `break-glass/${glass}/${part}`
export const messagePlace = (message: string): string => `message/${message}`
export const attachmentPlace = (attachment: string): string => `attachment/${attachment}`

/** A payload at rest: ciphertext under its own data key, and that key wrapped by the master key. */
export interface Sealed {
  /** nonce (12 bytes), ciphertext, tag (16 bytes). */
  readonly ciphertext: Buffer
  /** The same form, holding the 32-byte data key. Erasing it makes the payload unreadable. */
  readonly wrappedKey: Buffer
}

const encrypt = (key: Buffer, plain: Buffer, aad: string): Buffer => {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(aad))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

const decrypt = (key: Buffer, box: Buffer, aad: string): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE))
  decipher.setAAD(Buffer.from(aad))
  decipher.setAuthTag(box.subarray(box.length - TAG))
  return Buffer.concat([decipher.update(box.subarray(NONCE, box.length - TAG)), decipher.final()])
}

/**
 * Seals one payload with a fresh AES-256-GCM data key. `place` names where it belongs, such as
 * `referral/<id>/<category>`: a box moved elsewhere does not open.
 */
export const seal = (wrappingKey: Buffer, plain: Buffer, place: string): Sealed => {
  const dataKey = randomBytes(32)
  return {
    ciphertext: encrypt(dataKey, plain, place),
    wrappedKey: encrypt(wrappingKey, dataKey, place),
  }
}

/** @throws when the box was altered, moved, or its key erased */
export const unseal = (wrappingKey: Buffer, sealed: Sealed, place: string): Buffer =>
  decrypt(decrypt(wrappingKey, sealed.wrappedKey, place), sealed.ciphertext, place)
