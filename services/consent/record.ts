import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { CompactSign } from 'jose'
import type { Actor } from '../../src/actor.ts'
import { agencyKeyOf } from '../../src/agency-key.ts'
import { CATEGORIES, PURPOSES } from '../../src/contracts/codes.ts'
import type { NewStatement } from '../../src/contracts/consent.ts'
import { STATEMENT_TYPE, type StatementClaims } from '../../src/contracts/handoff.ts'
import { permitAudienceOf, statementNameOf } from '../../src/contracts/permit.ts'
import type { Tx } from '../../src/db.ts'
import { pseudonymOf } from '../../src/permits.ts'
import { Problem } from '../../src/problem.ts'
import type { Context } from '../../src/service.ts'
import type { Period } from './period.ts'
import { statement, statementCopy, type StatementRow } from './tables.ts'

type Signing = Pick<Context, 'keys' | 'config'>

const inOrder = <T>(all: readonly T[], some: readonly T[]): T[] =>
  all.filter((one) => some.includes(one))

const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000)

export interface StatementFacts {
  readonly id: string
  readonly version: number
  readonly agency: string
  readonly actor: Actor
  readonly period: Period
}

/**
 * The statement as evidence, for one reader: under the pseudonyms that this reader knows. Of a
 * guardian a recipient learns that one consented, and nothing else; no birthday is in it.
 */
const claimsFor = (
  { keys, config }: Signing,
  asked: NewStatement,
  facts: StatementFacts,
  reader: string,
): StatementClaims => {
  const { guardian } = asked
  const isWhole = reader === facts.agency
  const locations = isWhole ? [...asked.recipients].sort() : [reader]
  return {
    iss: permitAudienceOf(facts.agency),
    sub: pseudonymOf(keys, asked.case, reader),
    jti: statementNameOf(facts.id),
    iat: secondsOf(facts.period.startsAt),
    exp: secondsOf(facts.period.endsAt),
    ver: facts.version,
    status: asked.status,
    authorization_details: [
      {
        type: `${config.publicUrl}/ad/consent/v1`,
        locations: locations.map(permitAudienceOf),
        purposes: inOrder(PURPOSES, asked.purposes),
        datatypes: inOrder(CATEGORIES, asked.categories),
        onward: asked.onward,
        sensitive_exp: secondsOf(facts.period.sensitiveEndsAt),
        until_closed: facts.period.untilClosed,
      },
    ],
    evidence: {
      method: asked.method,
      form: asked.notice,
      lang: asked.language,
      captured_by: pseudonymOf(keys, facts.actor.id, reader),
      interpreter: asked.interpreter,
      guardian: guardian === undefined ? null : isWhole ? guardian : { state: guardian.state },
      assent: asked.assent ?? null,
    },
    withdrawal: `${config.publicUrl}/v1/withdrawals`,
    custody: 'hub',
    schema: 'ts27560:2023/titian-1',
  }
}

export interface SignedStatement {
  /** Canonical JSON (RFC 8785): what is signed. */
  readonly text: string
  /** Its SHA-256 in base64url. */
  readonly digest: string
  readonly jws: string
}

const signed = async (
  signing: Signing,
  claims: StatementClaims,
  agency: string,
): Promise<SignedStatement> => {
  const text = canonicalize(claims)
  if (text === undefined) throw new TypeError('a statement has no canonical form')
  const key = await agencyKeyOf(signing.keys, agency)
  const jws = await new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg: 'ES256', typ: STATEMENT_TYPE, kid: key.kid })
    .sign(key.privateKey)
  return { text, digest: createHash('sha256').update(text).digest('base64url'), jws }
}

/** Makes the statement out to each recipient; gives the digest of each copy. */
const copyOut = async (
  signing: Signing,
  tx: Tx,
  asked: NewStatement,
  facts: StatementFacts,
): Promise<ReadonlyMap<string, string>> => {
  const digests = new Map<string, string>()
  for (const recipient of asked.recipients) {
    const claims = claimsFor(signing, asked, facts, recipient)
    const { jws, digest } = await signed(signing, claims, facts.agency)
    const { id, version, agency } = facts
    await tx
      .insert(statementCopy)
      .values({ statement: id, version, recipient, agency, jws, digest })
    digests.set(recipient, digest)
  }
  return digests
}

export interface RecordedRow {
  readonly row: StatementRow
  /** By recipient: the digest of what is made out to it. */
  readonly digests: ReadonlyMap<string, string>
}

/**
 * Stores one version, for ever, signed with the key of the capturing agency; and, unless it refuses,
 * one copy for each recipient, which names no other.
 * @throws Problem version_conflict when another version of this number is there
 */
export const insertStatement = async (
  signing: Signing,
  tx: Tx,
  asked: NewStatement,
  facts: StatementFacts,
): Promise<RecordedRow> => {
  const { period } = facts
  const claims = claimsFor(signing, asked, facts, facts.agency)
  const { text, digest, jws } = await signed(signing, claims, facts.agency)
  const [row] = await tx
    .insert(statement)
    .values({
      id: facts.id,
      version: facts.version,
      case: asked.case,
      agency: facts.agency,
      owner: facts.agency,
      status: asked.status,
      recipients: [...asked.recipients].sort(),
      purposes: inOrder(PURPOSES, asked.purposes),
      categories: inOrder(CATEGORIES, asked.categories),
      onward: asked.onward,
      starts_at: period.startsAt,
      ends_at: period.endsAt,
      body: text,
      digest,
      jws,
      captured_by: facts.actor.id,
      at: period.startsAt,
    })
    .onConflictDoNothing()
    .returning()
  if (row === undefined) throw new Problem('version_conflict')
  const isRefusal = asked.status === 'refused'
  return { row, digests: isRefusal ? new Map() : await copyOut(signing, tx, asked, facts) }
}
