import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Actor } from '../../src/actor.ts'
import { CATEGORIES, PURPOSES } from '../../src/contracts/codes.ts'
import type { NewStatement } from '../../src/contracts/consent.ts'
import type { StatementClaims } from '../../src/contracts/handoff.ts'
import { permitAudienceOf, statementNameOf } from '../../src/contracts/permit.ts'
import type { Tx } from '../../src/db.ts'
import { pseudonymOf } from '../../src/permits.ts'
import { Problem } from '../../src/problem.ts'
import type { Context } from '../../src/service.ts'
import type { Signer } from './own-signature.ts'
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
  custody: Signer['custody'],
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
    custody,
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

const textOf = (claims: StatementClaims): string => {
  const text = canonicalize(claims)
  if (text === undefined) throw new TypeError('a statement has no canonical form')
  return text
}

const signed = async (
  claims: StatementClaims,
  signer: Signer,
  reader: string,
): Promise<SignedStatement> => {
  const text = textOf(claims)
  const jws = await signer.sign(text, reader)
  return { text, digest: createHash('sha256').update(text).digest('base64url'), jws }
}

/** What an agency signs with a key of its own: the statement whole, and made out to each recipient. */
export const textsToSign = (signing: Signing, asked: NewStatement, facts: StatementFacts) => {
  const textFor = (reader: string) => textOf(claimsFor(signing, asked, facts, reader, 'agency'))
  const recipients = asked.status === 'refused' ? [] : asked.recipients
  return {
    whole: textFor(facts.agency),
    copies: recipients.map((recipient) => ({ recipient, text: textFor(recipient) })),
  }
}

/** Makes the statement out to each recipient; gives the digest of each copy. */
const copyOut = async (
  signing: Signing,
  tx: Tx,
  asked: NewStatement,
  facts: StatementFacts,
  signer: Signer,
): Promise<ReadonlyMap<string, string>> => {
  const digests = new Map<string, string>()
  for (const recipient of asked.recipients) {
    const claims = claimsFor(signing, asked, facts, recipient, signer.custody)
    const { jws, digest } = await signed(claims, signer, recipient)
    const { kid } = signer
    const { id, version, agency } = facts
    await tx
      .insert(statementCopy)
      .values({ statement: id, version, recipient, agency, jws, digest, kid })
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
 * Stores one version, for ever, signed with a key of the capturing agency; and, unless it refuses,
 * one copy for each recipient, which names no other. `at` is when it is stored.
 * @throws Problem version_conflict when another version of this number is there
 */
export const insertStatement = async (
  signing: Signing,
  tx: Tx,
  asked: NewStatement,
  facts: StatementFacts,
  signer: Signer,
  at: Date,
): Promise<RecordedRow> => {
  const { period } = facts
  const claims = claimsFor(signing, asked, facts, facts.agency, signer.custody)
  const { text, digest, jws } = await signed(claims, signer, facts.agency)
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
      custody: signer.custody,
      kid: signer.kid,
      captured_by: facts.actor.id,
      at,
    })
    .onConflictDoNothing()
    .returning()
  if (row === undefined) throw new Problem('version_conflict')
  const isRefusal = asked.status === 'refused'
  return { row, digests: isRefusal ? new Map() : await copyOut(signing, tx, asked, facts, signer) }
}
