import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { CompactSign } from 'jose'
import type { Category } from '../contracts/codes.ts'
import { MANIFEST_TYPE, type ManifestClaims } from '../contracts/handoff.ts'
import { permitAudienceOf, permitIdOf } from '../contracts/permit.ts'
import type { SigningKey } from '../keys.ts'

/** A sealed part as it was stored: bytes of the ciphertext, and their SHA-256 in base64url. */
export interface SealedPart {
  readonly category: Category
  readonly bytes: number
  readonly digest: string
}

export interface ManifestFacts {
  readonly referral: string
  readonly sender: string
  readonly recipient: string
  readonly parts: readonly SealedPart[]
  /** Digest of the statement as made out to the recipient; null on another basis. */
  readonly statementDigest: string | null
}

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha-256:${createHash('sha256').update(bytes).digest('base64url')}`

export const sealedPartOf = (category: Category, ciphertext: Buffer): SealedPart => ({
  category,
  bytes: ciphertext.length,
  digest: createHash('sha256').update(ciphertext).digest('base64url'),
})

const KIB = 1024

/** 1, 4, 16, 64 … KiB: enough to plan for, too little to recognise anything by. */
export const sizeStepOf = (bytes: number): number => {
  let step = KIB
  while (step < bytes) step *= 4
  return step
}

const claimsOf = (facts: ManifestFacts): ManifestClaims => ({
  iss: permitAudienceOf(facts.sender),
  aud: permitAudienceOf(facts.recipient),
  jti: permitIdOf(facts.referral),
  parts: facts.parts
    .map(({ category, bytes, digest }) => ({
      category,
      size: sizeStepOf(bytes),
      dig: `sha-256:${digest}`,
    }))
    .toSorted((a, b) => (a.category < b.category ? -1 : 1)),
  cst: facts.statementDigest === null ? null : `sha-256:${facts.statementDigest}`,
  custody: 'hub',
})

/** The manifest in its one spelling (RFC 8785): what is signed, and what `htd` is the digest of. */
export const manifestText = (facts: ManifestFacts): string => {
  const text = canonicalize(claimsOf(facts))
  if (text === undefined) throw new TypeError('a manifest has no canonical form')
  return text
}

/** Signed with the sender's key. */
export const signManifest = async (key: SigningKey, facts: ManifestFacts): Promise<string> =>
  await new CompactSign(Buffer.from(manifestText(facts)))
    .setProtectedHeader({ alg: 'ES256', typ: MANIFEST_TYPE, kid: key.kid })
    .sign(key.privateKey)
