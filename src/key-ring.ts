import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import type { JWK } from 'jose'
import type { SigningKey } from './keys.ts'

type RingKey = SigningKey<KeyObject>

/** A key that signs no more. A retired one still verifies; a revoked one does not. */
export interface FormerKey {
  readonly kid: string
  readonly publicJwk: JWK
  /** ISO 8601. */
  readonly retiredAt: string
  readonly isRevoked: boolean
}

/**
 * The keys of one purpose: what signs now, what signs next (published long before it is used), and
 * what signed before.
 */
export interface KeyRing {
  readonly current: RingKey
  readonly next: RingKey
  readonly former: readonly FormerKey[]
}

interface RingFile {
  readonly current: JsonWebKey
  readonly next: JsonWebKey
  readonly former: readonly FormerKey[]
}

/** How old a look at the file may be: a rotation by another process is seen this much later. */
const LOOK_MS = 1_000

const newKey = (): JsonWebKey =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })

/** RFC 7638. */
const thumbprintOf = ({ crv, kty, x, y }: JsonWebKey): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')

const publicOf = (key: JsonWebKey): JWK => {
  const { d: _private, ...publicPart } = key
  return { ...publicPart, kid: thumbprintOf(key), alg: 'ES256', use: 'sig' }
}

const signingKeyOf = (key: JsonWebKey): RingKey => {
  const publicJwk = publicOf(key)
  return {
    kid: thumbprintOf(key),
    privateKey: createPrivateKey({ key, format: 'jwk' }),
    privateJwk: { ...publicJwk, ...(key.d === undefined ? {} : { d: key.d }) },
    publicJwk,
  }
}

const read = (path: string): RingFile => JSON.parse(readFileSync(path, 'utf8')) as RingFile

const make = (path: string): void => {
  const ring: RingFile = { current: newKey(), next: newKey(), former: [] }
  try {
    // `wx`: of two starts at once, one makes the keys and the other reads them.
    writeFileSync(path, JSON.stringify(ring), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Gives the ring as it is now in `path`, made when there is none; a rotation is seen in a second. */
export const openKeyRing = (path: string): (() => KeyRing) => {
  make(path)
  let changedAt = Number.NaN
  let lookedAt = 0
  let ring: KeyRing | null = null
  return () => {
    const now = Date.now()
    if (ring !== null && now - lookedAt < LOOK_MS) return ring
    lookedAt = now
    const { mtimeMs } = statSync(path)
    if (ring === null || mtimeMs !== changedAt) {
      const { current, next, former } = read(path)
      ring = { current: signingKeyOf(current), next: signingKeyOf(next), former }
      changedAt = mtimeMs
    }
    return ring
  }
}

export interface Rotation {
  readonly from: string
  readonly to: string
}

/**
 * Lets the next key sign from now on and makes another next one. The old one's private part is
 * erased. `isRevoked`: it was in wrong hands, and nothing that it signed is to be believed any more.
 */
export const rotateKeyRing = (path: string, isRevoked: boolean, now: Date): Rotation => {
  const { current, next, former } = read(path)
  const kid = thumbprintOf(current)
  const old: FormerKey = {
    kid,
    publicJwk: publicOf(current),
    retiredAt: now.toISOString(),
    isRevoked,
  }
  const ring: RingFile = { current: next, next: newKey(), former: [old, ...former] }
  const draft = `${path}.new`
  writeFileSync(draft, JSON.stringify(ring), { mode: 0o600 })
  renameSync(draft, path)
  return { from: kid, to: thumbprintOf(next) }
}

/** Keys that verify: next, current and retired ones, never a revoked one. */
export const verifyingKeys = ({ current, next, former }: KeyRing): JWK[] => [
  current.publicJwk,
  next.publicJwk,
  ...former.filter((key) => !key.isRevoked).map((key) => key.publicJwk),
]
