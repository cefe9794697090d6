import { createHmac } from 'node:crypto'
import { createLocalJWKSet, errors, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose'
import { Compile } from 'typebox/compile'
import type { Basis, Category, Purpose } from './contracts/codes.ts'
import {
  PERMIT_TTL_S,
  PERMIT_TYPE,
  PermitClaims,
  permitAudienceOf,
  permitIdOf,
  permitIssuerOf,
} from './contracts/permit.ts'
import { isCanonicalJws } from './jws.ts'
import type { Keys } from './keys.ts'

/** A decision that a permit proves: all of it is stored, so that it can be said again. */
export interface PermitFacts {
  readonly referral: string
  readonly case: string
  readonly sender: string
  readonly recipient: string
  /** Who sent it: person or client id. Leaves the hub as a pseudonym alone. */
  readonly actor: string
  readonly purpose: Purpose
  readonly categories: readonly Category[]
  readonly basis: Basis
  readonly onward: 'none' | 'with_new_consent'
  /** When the grant ends. */
  readonly endsAt: string | Date
  /** Null on another lawful basis than consent. `digest` is SHA-256 in base64url. */
  readonly statement: {
    readonly id: string
    readonly version: number
    readonly digest: string
  } | null
  /** Journal entry of the decision. */
  readonly entry: string
  /** When the decision was taken: `iat`. */
  readonly sentAt: string | Date
}

const PSEUDONYM_BYTES = 16
const CLOCK_TOLERANCE_S = 30
const MAX_LENGTH = 8192
const HEADER_MEMBERS: readonly string[] = ['alg', 'kid', 'typ']

const secrets = new WeakMap<Keys, Buffer>()

const secretOf = (keys: Keys): Buffer => {
  const known = secrets.get(keys) ?? keys.derive('pseudonym')
  secrets.set(keys, known)
  return known
}

/** How one agency is told of a case or a person: another agency is told another name (128 bit). */
export const pseudonymOf = (keys: Keys, subject: string, agency: string): string => {
  const mac = createHmac('sha256', secretOf(keys)).update(`${subject}|${agency}`).digest()
  return `pw:${mac.subarray(0, PSEUDONYM_BYTES).toString('base64url')}`
}

/** The claims of a permit: the same facts give the same claims. */
export const permitClaims = (keys: Keys, publicUrl: string, facts: PermitFacts): PermitClaims => {
  const iat = Math.floor(new Date(facts.sentAt).getTime() / 1000)
  const { statement } = facts
  return {
    iss: permitIssuerOf(publicUrl),
    sub: pseudonymOf(keys, facts.case, facts.recipient),
    aud: permitAudienceOf(facts.recipient),
    jti: permitIdOf(facts.referral),
    iat,
    nbf: iat,
    exp: iat + PERMIT_TTL_S,
    act: {
      sub: permitAudienceOf(facts.sender),
      act: { sub: pseudonymOf(keys, facts.actor, facts.recipient) },
    },
    authorization_details: [
      {
        type: `${publicUrl}/ad/referral/v1`,
        actions: ['receive', 'read'],
        datatypes: [...facts.categories],
        purpose: facts.purpose,
        locations: [permitAudienceOf(facts.recipient)],
        basis: facts.basis,
        onward: facts.onward,
        retain_until: new Date(facts.endsAt).toISOString().slice(0, 10),
      },
    ],
    ...(statement === null
      ? {}
      : {
          cst: {
            jti: `c_${statement.id.replaceAll('-', '')}`,
            ver: statement.version,
            dig: `sha-256:${statement.digest}`,
          },
        }),
    txn: facts.entry,
  }
}

/**
 * Signs the proof of a hand-off that Postgres admitted. MUST NOT be called before that transaction
 * has committed.
 */
export const signPermit = async (
  keys: Keys,
  publicUrl: string,
  facts: PermitFacts,
): Promise<string> =>
  await new SignJWT({ ...permitClaims(keys, publicUrl, facts) })
    .setProtectedHeader({ alg: 'ES256', typ: PERMIT_TYPE, kid: keys.permits.kid })
    .sign(keys.permits.privateKey)

const claims = Compile(PermitClaims)

export interface PermitExpectation {
  readonly issuer: string
  /** The verifier's own name: `permitAudienceOf(agency)`. */
  readonly audience: string
  readonly now?: Date
}

/**
 * What a receiver checks offline, with the hub's published keys alone. Null for every permit that
 * does not hold. It proves a decision and takes none: what was withdrawn since, the hub alone knows.
 */
export const verifyPermit = async (
  token: string,
  jwks: JSONWebKeySet,
  expected: PermitExpectation,
): Promise<PermitClaims | null> => {
  if (token.length > MAX_LENGTH || !isCanonicalJws(token)) return null
  try {
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), {
      issuer: expected.issuer,
      audience: expected.audience,
      typ: PERMIT_TYPE,
      algorithms: ['ES256'],
      clockTolerance: CLOCK_TOLERANCE_S,
      maxTokenAge: PERMIT_TTL_S,
      requiredClaims: ['exp', 'nbf', 'jti', 'sub'],
      ...(expected.now === undefined ? {} : { currentDate: expected.now }),
    })
    const isPlain = Object.keys(protectedHeader).every((member) => HEADER_MEMBERS.includes(member))
    return isPlain && protectedHeader.kid !== undefined && claims.Check(payload) ? payload : null
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}
