import { createECDH, createPrivateKey, type JsonWebKey } from 'node:crypto'
import { calculateJwkThumbprint, importJWK, type CryptoKey, type JWK } from 'jose'
import type { Keys, SigningKey } from './keys.ts'

/** Order of the group of P-256 (SEC 2). */
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
/** 128 bits more than the order has, so that the remainder is even (FIPS 186-5 A.2.1). */
const SEED_BYTES = 48
const SCALAR_BYTES = 32

const scalarOf = (seed: Buffer): Buffer => {
  const scalar = (BigInt(`0x${seed.toString('hex')}`) % (ORDER - 1n)) + 1n
  return Buffer.from(scalar.toString(16).padStart(SCALAR_BYTES * 2, '0'), 'hex')
}

const jwkOf = (scalar: Buffer): JsonWebKey => {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(scalar)
  const point = pair.getPublicKey()
  const part = (from: number) => point.subarray(from, from + SCALAR_BYTES).toString('base64url')
  return {
    kty: 'EC',
    crv: 'P-256',
    x: part(1),
    y: part(1 + SCALAR_BYTES),
    d: scalar.toString('base64url'),
  }
}

const kept = new WeakMap<Keys, Map<string, Promise<SigningKey>>>()

const make = async (keys: Keys, purpose: string): Promise<SigningKey> => {
  const whole = jwkOf(scalarOf(keys.derive(purpose, SEED_BYTES)))
  createPrivateKey({ key: whole, format: 'jwk' })
  const { d: _private, ...publicPart } = whole
  const shared = { kid: await calculateJwkThumbprint(publicPart), alg: 'ES256', use: 'sig' }
  const privateJwk = { ...whole, ...shared } as JWK
  const privateKey = (await importJWK(privateJwk, 'ES256')) as CryptoKey
  return { kid: shared.kid, privateKey, privateJwk, publicJwk: { ...publicPart, ...shared } }
}

/** The key of an agency after it was replaced so many times. */
const keyAfter = (keys: Keys, agency: string, times: number): Promise<SigningKey> => {
  const purpose = `agency-key/${agency}${times === 0 ? '' : `/${times}`}`
  const known = kept.get(keys) ?? new Map<string, Promise<SigningKey>>()
  kept.set(keys, known)
  const key = known.get(purpose) ?? make(keys, purpose)
  known.set(purpose, key)
  return key
}

const timesOf = (keys: Keys, agency: string): readonly string[] => keys.replacements()[agency] ?? []

/**
 * The key that the hub holds for an agency now: it signs the agency's consent statements and manifests.
 * Derived from the master key, so it is stored nowhere and every service has the same. What it signs
 * says `custody: 'hub'`: it proves what the hub was told, not that the agency itself signed.
 */
export const agencyKeyOf = (keys: Keys, agency: string): Promise<SigningKey> =>
  keyAfter(keys, agency, timesOf(keys, agency).length)

export interface FormerAgencyKey {
  readonly key: SigningKey
  /** ISO 8601. */
  readonly retiredAt: string
}

/** The keys that the hub held for an agency before, the newest first: what they signed still verifies. */
export const formerAgencyKeysOf = async (
  keys: Keys,
  agency: string,
): Promise<FormerAgencyKey[]> => {
  const ends = timesOf(keys, agency)
  const all = ends.map(async (retiredAt, times) => ({
    key: await keyAfter(keys, agency, times),
    retiredAt,
  }))
  return (await Promise.all(all)).toReversed()
}
