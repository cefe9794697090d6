import type { Category } from '../../src/contracts/codes.ts'
import { sealedPartOf, type SealedPart } from '../../src/handoff/manifest.ts'
import type { Keys } from '../../src/keys.ts'
import { CASE_SEAL, casePlace, packagePlace, REFERRAL_SEAL, seal, unseal } from '../../src/seal.ts'

export interface SealedDatum {
  readonly category: Category
  /** The agency that wrote it. */
  readonly author: string
  /** Base64. */
  readonly ciphertext: string
  readonly wrapped_key: string
}
export type PackedDatum = SealedDatum & SealedPart

/** Opens the case's boxes and seals each again under a data key of this hand-off alone. */
export const resealed = (
  keys: Keys,
  referral: string,
  from: string,
  data: readonly SealedDatum[],
): PackedDatum[] => {
  const caseKey = keys.derive(CASE_SEAL)
  const referralKey = keys.derive(REFERRAL_SEAL)
  return data.map(({ category, author, ciphertext, wrapped_key }) => {
    const box = {
      ciphertext: Buffer.from(ciphertext, 'base64'),
      wrappedKey: Buffer.from(wrapped_key, 'base64'),
    }
    const plain = unseal(caseKey, box, casePlace(from, category))
    const sealed = seal(referralKey, plain, packagePlace(referral, category))
    return {
      ...sealedPartOf(category, sealed.ciphertext),
      author,
      ciphertext: sealed.ciphertext.toString('base64'),
      wrapped_key: sealed.wrappedKey.toString('base64'),
    }
  })
}
