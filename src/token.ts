import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto'
import { errors, jwtVerify, type JWK } from 'jose'
import { Compile } from 'typebox/compile'
import type { Actor } from './actor.ts'
import { SCOPES, type Scope } from './contracts/codes.ts'
import {
  ACCESS_TOKEN_TYPE,
  audienceOf,
  issuerOf,
  PersonClaims,
  SystemClaims,
} from './contracts/token.ts'
import { isCanonicalJws } from './jws.ts'

const MAX_LENGTH = 4096
const MAX_REMEMBERED = 10_000
const CLOCK_TOLERANCE_S = 5
const HEADER_MEMBERS: readonly string[] = ['alg', 'kid', 'typ']

const system = Compile(SystemClaims)
const person = Compile(PersonClaims)

const actorOf = (claims: unknown): Actor | null => {
  if (system.Check(claims) && claims.sub === claims.client_id) {
    const asked = claims.scope?.split(' ') ?? []
    const scopes = SCOPES.filter((scope: Scope) => asked.includes(scope))
    return { kind: 'system', id: claims.sub, agency: claims.agency, roles: [], scopes }
  }
  if (person.Check(claims) && claims.sub !== claims.client_id) {
    const { sub, agency, roles, auth_time } = claims
    const recent = auth_time === undefined ? {} : { authenticatedAt: auth_time }
    return { kind: 'person', id: sub, agency, roles, scopes: [], ...recent }
  }
  return null
}

/** What an access token proves. */
export interface Verified {
  readonly actor: Actor
  /** RFC 7638 thumbprint of the key without whose proof the token is worth nothing (RFC 9449). */
  readonly jkt: string | null
  /** Seconds since 1970. */
  readonly exp: number
}

/** A program's token MUST be bound to a key; nobody issues bound ones for people. */
const boundTo = (actor: Actor, cnf: unknown): string | null | undefined => {
  if (actor.kind === 'person') return cnf === undefined ? null : undefined
  const members = Object.entries((cnf ?? {}) as Record<string, unknown>)
  const [[name, jkt] = []] = members
  return members.length === 1 && name === 'jkt' && typeof jkt === 'string' ? jkt : undefined
}

/**
 * Verifies access tokens of this hub (RFC 9068) with the one key given: ES256 only, keys and
 * addresses of keys named by the token itself are refused, and so is a program's token that is bound
 * to no key. The caller MUST demand the proof of that key. Answers null for every token that does not hold.
 */
export const createTokenVerifier = (
  publicJwk: JWK,
  publicUrl: string,
): ((token: string) => Promise<Verified | null>) => {
  const key = createPublicKey({ key: publicJwk as JsonWebKey, format: 'jwk' })
  const remembered = new Map<string, Verified>()

  const remember = (name: string, entry: Verified): void => {
    const oldest = remembered.keys().next()
    if (remembered.size >= MAX_REMEMBERED && !oldest.done) remembered.delete(oldest.value)
    remembered.set(name, entry)
  }

  const verify = async (token: string): Promise<Verified | null> => {
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      issuer: issuerOf(publicUrl),
      audience: audienceOf(publicUrl),
      typ: ACCESS_TOKEN_TYPE,
      algorithms: ['ES256'],
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['iss', 'aud', 'exp', 'iat', 'jti', 'sub', 'client_id'],
    })
    const isPlain = Object.keys(protectedHeader).every((member) => HEADER_MEMBERS.includes(member))
    if (!isPlain || protectedHeader.kid !== publicJwk.kid) return null
    const actor = actorOf(payload)
    if (actor === null || payload.exp === undefined) return null
    const jkt = boundTo(actor, payload['cnf'])
    return jkt === undefined ? null : { actor, jkt, exp: payload.exp }
  }

  return async (token) => {
    if (token.length > MAX_LENGTH) return null
    const name = createHash('sha256').update(token).digest('base64url')
    const known = remembered.get(name)
    if (known !== undefined) {
      if (known.exp > Date.now() / 1000) return known
      remembered.delete(name)
    }
    if (!isCanonicalJws(token)) return null
    try {
      const fresh = await verify(token)
      if (fresh !== null) remember(name, fresh)
      return fresh
    } catch (error) {
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }
}
