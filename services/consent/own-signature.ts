import { createHmac } from 'node:crypto'
import canonicalize from 'canonicalize'
import { sql } from 'drizzle-orm'
import { CompactSign, type JWK } from 'jose'
import type { Actor } from '../../src/actor.ts'
import { agencyKeyOf } from '../../src/agency-key.ts'
import type { CUSTODY } from '../../src/contracts/codes.ts'
import type { NewStatement } from '../../src/contracts/consent.ts'
import { STATEMENT_TYPE } from '../../src/contracts/handoff.ts'
import type { Tx } from '../../src/db.ts'
import { idFrom } from '../../src/id.ts'
import { isCanonicalJws, jsonOf, readJws } from '../../src/jws.ts'
import type { Keys } from '../../src/keys.ts'
import { Problem } from '../../src/problem.ts'

/** How long a statement that was made out for signing may be recorded, in seconds. */
export const SIGNING_S = 600
/** How far ahead the clock of whoever signs may go, in seconds. */
const AHEAD_S = 10
const JWS_LENGTH = 16_384
/** RFC 7638. */
const KID = /^[A-Za-z0-9_-]{43}$/

/** Who signs a statement and its copies. */
export interface Signer {
  readonly custody: (typeof CUSTODY)[number]
  /** The agency's own key; null: the hub's for it. */
  readonly kid: string | null
  /** The compact JWS of a canonical text that is made out to `reader`. */
  sign(text: string, reader: string): Promise<string>
}

/** Signs with the key that the hub holds for the agency. */
export const hubSigner = (keys: Keys, agency: string): Signer => ({
  custody: 'hub',
  kid: null,
  sign: async (text) => {
    const key = await agencyKeyOf(keys, agency)
    return await new CompactSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'ES256', typ: STATEMENT_TYPE, kid: key.kid })
      .sign(key.privateKey)
  },
})

const wrong = (what: string): Problem =>
  new Problem('statement_signature_wrong', { params: { what } })

export type Signed = NonNullable<NewStatement['signed']>

const headerOf = (jws: string): Readonly<Record<string, unknown>> =>
  (jsonOf(Buffer.from(jws.split('.')[0] ?? '', 'base64url')) ?? {}) as Record<string, unknown>

/**
 * When a statement that its agency signed was made out, before anything of it is believed.
 * @throws Problem statement_signature_wrong when that is not now
 */
export const signedAt = ({ whole }: Signed, now: Date): Date => {
  if (!isCanonicalJws(whole)) throw wrong('base64url')
  const claims = (jsonOf(Buffer.from(whole.split('.')[1] ?? '', 'base64url')) ?? {}) as {
    iat?: unknown
  }
  const nowS = now.getTime() / 1000
  const { iat } = claims
  const isNow = Number.isSafeInteger(iat) && Number(iat) > nowS - SIGNING_S
  if (!isNow || Number(iat) > nowS + AHEAD_S) throw wrong('iat')
  return new Date(Number(iat) * 1000)
}

/**
 * The newest word wins: what was made out before a withdrawal or another statement of this case is not
 * recorded after it. To be asked of one that was written, with the case held. @throws Problem statement_overtaken
 */
export const demandNewest = async (
  tx: Tx,
  { id, version, case: caseId }: { id: string; version: number; case: string },
  made: Date,
): Promise<void> => {
  const at = made.toISOString()
  // What is signed says whole seconds.
  const [newer] = await tx.execute(sql`
    select from consent.withdrawal w where w.case_id = ${caseId} and w.at >= ${at}::timestamptz
    union all
    select from consent.statement s where s.case_id = ${caseId}
      and s.at >= ${at}::timestamptz + interval '1 second' and (s.id, s.version) <> (${id}::uuid, ${version}::int)
    limit 1`)
  if (newer !== undefined) throw new Problem('statement_overtaken')
}

/**
 * Takes what the agency signed with a key of its own, which stays live until the transaction ends:
 * each text MUST be signed as it is, byte for byte, and nothing beside. `made` is their `iat`, by which
 * verifiers judge the key as well.
 * @throws Problem statement_signature_wrong, which says what does not hold
 */
export const ownSigner = async (
  tx: Tx,
  agency: string,
  asked: NewStatement,
  signed: Signed,
  made: Date,
): Promise<Signer> => {
  const { kid } = headerOf(signed.whole)
  if (typeof kid !== 'string' || !KID.test(kid)) throw wrong('kid')
  const [row] = await tx.execute<{ jwk: JWK }>(sql`
    select jwk from consent.hold_agency_key(${agency}, ${kid}, ${made.toISOString()}::timestamptz)`)
  if (row === undefined) throw wrong('kid')
  const due = asked.status === 'refused' ? [] : [...asked.recipients].sort()
  const given = signed.copies.map((copy) => copy.recipient).sort()
  if (due.join() !== given.join()) throw wrong('copies')
  const of = new Map(signed.copies.map(({ recipient, jws }) => [recipient, jws]))
  return {
    custody: 'agency',
    kid,
    sign: async (text, reader) => {
      const jws = reader === agency ? signed.whole : (of.get(reader) ?? '')
      const read = await readJws(jws, { keys: [{ ...row.jwk, alg: 'ES256' }] }, JWS_LENGTH)
      if (read === null) throw wrong('alg, kid')
      if (read.kid !== kid) throw wrong('kid')
      if (read.typ !== STATEMENT_TYPE) throw wrong('typ')
      if (!Buffer.from(read.payload).equals(Buffer.from(text))) throw wrong('payload')
      return jws
    },
  }
}

/**
 * The id of a statement that an agency signs itself: it follows from what is said, by whom and when,
 * so that it is known before it is recorded, and nobody chooses it.
 */
export const idForSigning = (
  keys: Keys,
  { signed: _signed, ...said }: NewStatement,
  actor: Actor,
  at: Date,
): string => {
  const text = canonicalize([actor.agency, actor.id, at.getTime(), said]) ?? ''
  return idFrom(createHmac('sha256', keys.derive('statement-id')).update(text).digest(), at)
}
