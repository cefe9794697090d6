import { createHash, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

/** A key that lives as long as its program runs, and that tokens are bound to (RFC 9449). */
export interface ProofKey {
  /** A DPoP proof for one request; `token` is absent where the token is asked for. */
  prove(method: string, url: string, token?: string): Promise<string>
}

interface Pair {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

const makePair = async (): Promise<Pair> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  return { privateKey, jwk: await exportJWK(publicKey) }
}

/** The private part never leaves this process, and cannot be exported within it. */
export const createProofKey = (): ProofKey => {
  let pair: Promise<Pair> | null = null
  return {
    prove: async (method, url, token) => {
      pair ??= makePair()
      const { privateKey, jwk } = await pair
      const { origin, pathname } = new URL(url)
      const ath = token && createHash('sha256').update(token).digest('base64url')
      const claims = { htm: method, htu: `${origin}${pathname}`, ...(ath ? { ath } : {}) }
      return await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .setJti(randomUUID())
        .sign(privateKey)
    },
  }
}
