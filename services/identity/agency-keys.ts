import { createHmac, createPublicKey, timingSafeEqual } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { calculateJwkThumbprint } from 'jose'
import type { Actor } from '../../src/actor.ts'
import { KEY_PROOF_TYPE, type PublicJwk } from '../../src/contracts/agency-key.ts'
import type { NewProposal } from '../../src/contracts/identity.ts'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import type { Tx } from '../../src/db.ts'
import { jsonOf, readJws } from '../../src/jws.ts'
import { Problem } from '../../src/problem.ts'
import type { Context } from '../../src/service.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { Proposal } from './proposals.ts'
import { isKey } from './valid.ts'

/** How long a challenge may be answered, in seconds. */
const CHALLENGE_S = 600
/** How far ahead the clock of whoever signs may go, in seconds. */
const AHEAD_S = 10
const PROOF_LENGTH = 2000

type Asking = Pick<Context, 'keys' | 'config' | 'now'>

const wrong = (what: string): Problem =>
  new Problem('key_proof_wrong', {
    params: { what },
    refused: { outcome: 'refused', reason: 'key_proof_wrong' },
  })

const macOf = ({ keys }: Asking, actor: Actor, expiry: string): Buffer =>
  createHmac('sha256', keys.derive('agency-key-challenge')).update(`${expiry}|${actor.id}`).digest()

/** What whoever proposes a key signs with it: good for them alone, for ten minutes. */
export const challengeFor = (ctx: Asking, actor: Actor) => {
  const expiresAt = Math.floor(ctx.now().getTime() / 1000) + CHALLENGE_S
  const mac = macOf(ctx, actor, String(expiresAt)).toString('base64url')
  return {
    challenge: `${expiresAt}.${mac}`,
    audience: ctx.config.publicUrl,
    expires_at: new Date(expiresAt * 1000).toISOString(),
  }
}

const isOwnChallenge = (ctx: Asking, actor: Actor, challenge: unknown, nowS: number): boolean => {
  if (typeof challenge !== 'string') return false
  const [expiry = '', mac = '', ...more] = challenge.split('.')
  const [given, due] = [Buffer.from(mac, 'base64url'), macOf(ctx, actor, expiry)]
  const isOurs = given.length === due.length && timingSafeEqual(given, due)
  return isOurs && more.length === 0 && Number(expiry) > nowS
}

type AskedKey = NonNullable<NewProposal['agency_key']>

/** The point of a key that is given as JWK or as PEM. @throws Problem key_proof_wrong */
const pointOf = ({ jwk, pem }: AskedKey): Required<Pick<PublicJwk, 'x' | 'y'>> => {
  if ((jwk === undefined) === (pem === undefined)) throw wrong('jwk | pem')
  if (jwk !== undefined) {
    if (!isKey(jwk)) throw wrong('jwk')
    return jwk
  }
  try {
    const key = createPublicKey({ key: pem ?? '', format: 'pem', type: 'spki' })
    const { kty, crv, x, y } = key.export({ format: 'jwk' })
    if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined) return { x, y }
  } catch {
    // Not a key at all: refused as any other.
  }
  throw wrong('pem')
}

/**
 * The public key of an agency, whose private part answered the challenge.
 * @throws Problem key_proof_wrong, which says what of the proof does not hold
 */
export const heldKey = async (
  ctx: Asking,
  actor: Actor,
  agency: string | undefined,
  asked: AskedKey,
): Promise<PublicJwk> => {
  const { x, y } = pointOf(asked)
  const point = { kty: 'EC', crv: 'P-256', x, y } as const
  const kid = await calculateJwkThumbprint(point)
  const read = await readJws(asked.proof, { keys: [{ ...point, kid, alg: 'ES256' }] }, PROOF_LENGTH)
  if (read === null) throw wrong('alg, kid')
  if (read.kid !== kid) throw wrong('kid')
  if (read.typ !== KEY_PROOF_TYPE) throw wrong('typ')
  const claims = (jsonOf(read.payload) ?? {}) as Readonly<Record<string, unknown>>
  const nowS = ctx.now().getTime() / 1000
  if (agency === undefined || claims['iss'] !== permitAudienceOf(agency)) throw wrong('iss')
  if (claims['aud'] !== ctx.config.publicUrl) throw wrong('aud')
  if (!isOwnChallenge(ctx, actor, claims['challenge'], nowS)) throw wrong('challenge')
  const { iat } = claims
  const isNow = typeof iat === 'number' && iat > nowS - CHALLENGE_S && iat < nowS + AHEAD_S
  if (!isNow) throw wrong('iat')
  return { ...point, kid }
}

/** @throws Problem key_known when the key was proposed or admitted before */
export const demandNewKey = async (tx: Tx, { kid, ...jwk }: PublicJwk): Promise<void> => {
  const [row] = await tx.execute<{ known: boolean }>(sql`
    select consent.knows_agency_key(${kid ?? ''}) or exists (
      select from identity.proposal where kind = 'agency_key' and state = 'open'
        and fingerprint = ${fingerprintOf(jwk)}) as known`)
  if (row?.known === true) throw new Problem('key_known')
}

/** Admits a key that two administrators agreed to; it counts a day later. @throws Problem key_known */
export const admitKey = async (tx: Tx, proposal: Proposal, jwk: PublicJwk): Promise<void> => {
  const { agency, fingerprint, id } = proposal
  const [row] = await tx.execute<{ admitted: boolean }>(sql`
    select consent.admit_agency_key(${agency}, ${JSON.stringify(jwk)}::text::jsonb, ${fingerprint},
      ${id}) as admitted`)
  if (row?.admitted !== true) throw new Problem('key_known')
}
