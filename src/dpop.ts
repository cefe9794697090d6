import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose'
import { isCanonicalJws } from './jws.ts'

const MAX_LENGTH = 2048
const MAX_JTI_LENGTH = 200
/** How far the clocks of a program and the hub may differ, in seconds. */
const SKEW_S = 10
const HEADER_MEMBERS: readonly string[] = ['alg', 'jwk', 'typ']
const KEY_MEMBERS: readonly string[] = ['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use']

/** How long a proof can be used, in seconds after it was made. */
export const PROOF_LIFE_S = 60

export interface ProofAsked {
  readonly method: string
  readonly url: string
  /** The access token that the proof comes with. */
  readonly token: string
}

export interface Proof {
  /** RFC 7638 thumbprint of the key that made it. */
  readonly jkt: string
  /** Hex SHA-256 of key and `jti`: of two proofs with the same one, the second is a replay. */
  readonly digest: string
  /** Seconds since 1970 after which the proof is refused for its age. */
  readonly goodUntil: number
}

/** Without query and fragment, in one spelling (RFC 9449 section 4.3, step 9). */
const addressOf = (url: unknown): string | null => {
  if (typeof url !== 'string' || !URL.canParse(url)) return null
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

const verify = async (proof: string, asked: ProofAsked): Promise<Proof | null> => {
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['jti', 'iat', 'htm', 'htu', 'ath'],
  })
  const { jwk } = protectedHeader
  const isPlain = Object.keys(protectedHeader).every((member) => HEADER_MEMBERS.includes(member))
  if (!isPlain || jwk === undefined || jwk.crv !== 'P-256') return null
  if (!Object.keys(jwk).every((member) => KEY_MEMBERS.includes(member))) return null
  const { jti, iat = 0, htm, htu, ath } = payload
  const ageS = Date.now() / 1000 - iat
  if (ageS > PROOF_LIFE_S || ageS < -SKEW_S) return null
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return null
  const hash = createHash('sha256').update(asked.token).digest('base64url')
  if (htm !== asked.method || addressOf(htu) !== addressOf(asked.url) || ath !== hash) return null
  const jkt = await calculateJwkThumbprint(jwk)
  const digest = createHash('sha256').update(`${jkt}.${jti}`).digest('hex')
  return { jkt, digest, goodUntil: iat + PROOF_LIFE_S + SKEW_S }
}

/**
 * Reads the DPoP header of a request (RFC 9449 section 4.3): ES256 with a P-256 key, made for this
 * method, address and token within the last minute. Answers null for every proof that does not
 * hold. Whether it was used before is for the caller to ask.
 */
export const readProof = async (proof: unknown, asked: ProofAsked): Promise<Proof | null> => {
  if (typeof proof !== 'string' || proof.length > MAX_LENGTH || !isCanonicalJws(proof)) return null
  try {
    return await verify(proof, asked)
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null
    throw error
  }
}
