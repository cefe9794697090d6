import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, SignJWT, type JWK } from 'jose'

/** The key that every bound token of a test is bound to. */
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = pair.publicKey.export({ format: 'jwk' }) as JWK

export const TEST_JKT = await calculateJwkThumbprint(jwk)

export interface ProofChanges {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly key?: KeyObject
}

/** A DPoP proof for one request; an address without its query. */
export const proofFor = (
  token: string,
  method: string,
  url: string,
  { header = {}, claims = {}, key = pair.privateKey }: ProofChanges = {},
): Promise<string> => {
  const { origin, pathname } = new URL(url)
  const ath = createHash('sha256').update(token).digest('base64url')
  const own = { htm: method, htu: `${origin}${pathname}`, ath, jti: randomUUID(), ...claims }
  return new SignJWT({ iat: Math.floor(Date.now() / 1000), ...own })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(key)
}

/** The headers by which a program shows its token. */
export const boundHeaders = async (
  token: string,
  method: string,
  url: string,
): Promise<Record<string, string>> => ({
  authorization: `DPoP ${token}`,
  dpop: await proofFor(token, method, url),
})
