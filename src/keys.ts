import {
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, importJWK, type CryptoKey, type JWK } from 'jose'
import { openReplacements, type Replacements } from './held-keys.ts'
import { openKeyRing, type KeyRing } from './key-ring.ts'

/** A key pair for ES256 signatures. `kid` is the RFC 7638 thumbprint. */
export interface SigningKey<Key extends CryptoKey | KeyObject = CryptoKey> {
  readonly kid: string
  readonly privateKey: Key
  readonly privateJwk: JWK
  readonly publicJwk: JWK
}

/** The hub's own secrets. Files are 0600 in DATA_DIR/keys, made on the first start. */
export interface Keys {
  /** Signs access tokens. */
  readonly tokens: SigningKey
  /** Proves the hub's web side to identity providers (private_key_jwt). */
  readonly web: SigningKey
  /** Tells push services of browsers who calls (VAPID). */
  readonly push: SigningKey
  /** Signs hand-off permits now. */
  readonly permits: SigningKey<KeyObject>
  /** All keys of permits, as the file has them now. */
  permitRing(): KeyRing
  /** When the keys that the hub holds for agencies were replaced. */
  replacements(): Replacements
  /** Ed25519 seed, 32 bytes: signs the checkpoints of the ledger. */
  readonly ledgerSeed: Buffer
  /** A secret of its own for one purpose: HKDF-SHA-256 of the master key. Length in bytes. */
  derive(purpose: string, length?: number): Buffer
}

const MASTER_KEY = 'master.key'

/** Every file of the folder of keys but the erasure register, which may be empty. */
const KEY_FILES = [
  MASTER_KEY,
  'tokens.jwk',
  'web.jwk',
  'push.jwk',
  'permits.json',
  'ledger.key',
] as const

/**
 * The files that `loadKeys` would make anew. Whoever MUST NOT make keys looks here first.
 * `masterKey` replaces its file.
 */
export const missingKeys = (folder: string, masterKey: Buffer | null): string[] =>
  KEY_FILES.filter((name) => name !== MASTER_KEY || masterKey === null).filter(
    (name) => !existsSync(join(folder, name)),
  )

const readOrMake = (path: string, make: () => string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  try {
    // `wx`: of two starts at once, one makes the key and the other reads it.
    writeFileSync(path, make(), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8')
}

const newEs256 = (): string => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return JSON.stringify(privateKey.export({ format: 'jwk' }))
}

const signingKey = async (text: string): Promise<SigningKey> => {
  const parsed = JSON.parse(text) as JsonWebKey
  createPrivateKey({ key: parsed, format: 'jwk' })
  const { d: _private, ...publicPart } = parsed
  const kid = await calculateJwkThumbprint(publicPart)
  const shared = { kid, alg: 'ES256', use: 'sig' }
  const privateJwk = { ...parsed, ...shared } as JWK
  const privateKey = (await importJWK(privateJwk, 'ES256')) as CryptoKey
  return { kid, privateKey, privateJwk, publicJwk: { ...publicPart, ...shared } }
}

/** Where the keys of permits are, in the folder of keys. */
export const permitRingPath = (folder: string): string => join(folder, 'permits.json')

/** Where it is kept when the key of an agency was replaced, in the folder of keys. MUST be kept with them. */
export const replacementsPath = (folder: string): string => join(folder, 'agencies.json')

/** Reads the keys of `folder`, making those that are missing. `masterKey` replaces its file. */
export const loadKeys = async (folder: string, masterKey: Buffer | null): Promise<Keys> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = (name: (typeof KEY_FILES)[number], make: () => string) =>
    readOrMake(join(folder, name), make)
  const random = () => randomBytes(32).toString('base64')
  const master = masterKey ?? Buffer.from(file(MASTER_KEY, random), 'base64')
  const derived = new Map<string, Buffer>()
  const permitRing = openKeyRing(permitRingPath(folder))
  return {
    tokens: await signingKey(file('tokens.jwk', newEs256)),
    web: await signingKey(file('web.jwk', newEs256)),
    push: await signingKey(file('push.jwk', newEs256)),
    get permits() {
      return permitRing().current
    },
    permitRing,
    replacements: openReplacements(replacementsPath(folder)),
    ledgerSeed: Buffer.from(file('ledger.key', random), 'base64'),
    derive: (purpose, length = 32) => {
      const known = derived.get(`${purpose}/${length}`)
      if (known !== undefined) return known
      const made = Buffer.from(hkdfSync('sha256', master, '', `titian/${purpose}`, length))
      derived.set(`${purpose}/${length}`, made)
      return made
    },
  }
}
