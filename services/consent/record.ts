import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Actor } from '../../src/actor.ts'
import { CATEGORIES, PURPOSES } from '../../src/contracts/codes.ts'
import type { NewStatement } from '../../src/contracts/consent.ts'
import type { Tx } from '../../src/db.ts'
import type { Keys } from '../../src/keys.ts'
import { pseudonymOf } from '../../src/permits.ts'
import { Problem } from '../../src/problem.ts'
import type { Period } from './period.ts'
import { statement, type StatementRow } from './tables.ts'

const inOrder = <T>(all: readonly T[], some: readonly T[]): T[] =>
  all.filter((one) => some.includes(one))

export interface StatementFacts {
  readonly id: string
  readonly version: number
  readonly agency: string
  readonly actor: Actor
  readonly period: Period
}

/** The whole statement as it is digested. Pseudonyms alone, and no birthday. */
export interface StatementBody {
  readonly schema: 'titian/statement/1'
  readonly id: string
  readonly version: number
  readonly subject: string
  readonly agency: string
  readonly captured_by: string
  readonly status: NewStatement['status']
  readonly recipients: readonly string[]
  readonly purposes: readonly string[]
  readonly categories: readonly string[]
  readonly onward: NewStatement['onward']
  readonly starts_at: string
  readonly ends_at: string
  readonly sensitive_ends_at: string
  readonly until_closed: boolean
  readonly method: NewStatement['method']
  readonly language: string
  readonly notice: NewStatement['notice']
  readonly interpreter: boolean
  readonly guardian: NewStatement['guardian'] | null
  readonly assent: boolean | null
}

/** The statement as evidence: whom it concerns, and who wrote it, under pseudonyms alone. */
export const bodyOf = (keys: Keys, asked: NewStatement, facts: StatementFacts): StatementBody => ({
  schema: 'titian/statement/1',
  id: facts.id,
  version: facts.version,
  subject: pseudonymOf(keys, asked.case, facts.agency),
  agency: facts.agency,
  captured_by: pseudonymOf(keys, facts.actor.id, facts.agency),
  status: asked.status,
  recipients: [...asked.recipients].sort(),
  purposes: inOrder(PURPOSES, asked.purposes),
  categories: inOrder(CATEGORIES, asked.categories),
  onward: asked.onward,
  starts_at: facts.period.startsAt.toISOString(),
  ends_at: facts.period.endsAt.toISOString(),
  sensitive_ends_at: facts.period.sensitiveEndsAt.toISOString(),
  until_closed: facts.period.untilClosed,
  method: asked.method,
  language: asked.language,
  notice: asked.notice,
  interpreter: asked.interpreter,
  guardian: asked.guardian ?? null,
  assent: asked.assent ?? null,
})

/**
 * Stores one version, for ever.
 * @throws Problem version_conflict when another version of this number is there
 */
export const insertStatement = async (
  tx: Tx,
  keys: Keys,
  asked: NewStatement,
  facts: StatementFacts,
): Promise<StatementRow> => {
  const body = bodyOf(keys, asked, facts)
  const text = canonicalize(body)
  if (text === undefined) throw new TypeError('a statement has no canonical form')
  const { period } = facts
  const [row] = await tx
    .insert(statement)
    .values({
      id: facts.id,
      version: facts.version,
      case: asked.case,
      agency: facts.agency,
      status: asked.status,
      recipients: [...body.recipients],
      purposes: inOrder(PURPOSES, asked.purposes),
      categories: inOrder(CATEGORIES, asked.categories),
      onward: asked.onward,
      starts_at: period.startsAt,
      ends_at: period.endsAt,
      body: text,
      digest: createHash('sha256').update(text).digest('base64url'),
      captured_by: facts.actor.id,
      at: period.startsAt,
    })
    .onConflictDoNothing()
    .returning()
  if (row === undefined) throw new Problem('version_conflict')
  return row
}
