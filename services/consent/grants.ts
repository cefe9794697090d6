import { and, arrayContains, asc, eq, gt, inArray, ne, or, sql, type SQL } from 'drizzle-orm'
import { SENSITIVE, type Basis, type Category } from '../../src/contracts/codes.ts'
import type { Tx } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import type { Period } from './period.ts'
import { grant, type GrantRow } from './tables.ts'
import type { Newer, Scope } from './take-away.ts'

/** Grants of a case, active or not, newest first. Of the caller's own agency, as every read here. */
export const grantsOf = (tx: Tx, caseId: string, ...where: readonly SQL[]): Promise<GrantRow[]> =>
  tx
    .select()
    .from(grant)
    .where(and(eq(grant.case, caseId), ...where))
    .orderBy(sql`${grant.id} desc`)

/** Other lawful bases in force for what a withdrawal of consent names, oldest first. */
export const otherBases = (
  tx: Tx,
  caseId: string,
  scope: Pick<Scope, 'recipient' | 'purpose' | 'category'>,
  now: Date,
): Promise<GrantRow[]> =>
  tx
    .select()
    .from(grant)
    .where(
      and(
        eq(grant.case, caseId),
        ne(grant.basis, 'consent'),
        eq(grant.status, 'active'),
        gt(grant.ends_at, now),
        ...(scope.recipient === null ? [] : [eq(grant.recipient, scope.recipient)]),
        ...(scope.purpose === null ? [] : [eq(grant.purpose, scope.purpose)]),
        ...(scope.category === null ? [] : [arrayContains(grant.categories, [scope.category])]),
      ),
    )
    .orderBy(asc(grant.id))

/** The grants that a newer statement bears on, locked in id order. */
export const grantsForChange = (tx: Tx, caseId: string, newer: Newer): Promise<GrantRow[]> =>
  tx
    .select()
    .from(grant)
    .where(
      and(
        eq(grant.case, caseId),
        eq(grant.basis, 'consent'),
        or(
          and(
            inArray(grant.recipient, [...newer.recipients]),
            inArray(grant.purpose, [...newer.purposes]),
          ),
          ...(newer.replaces === null ? [] : [eq(grant.statement, newer.replaces)]),
        ),
      ),
    )
    .orderBy(asc(grant.id))
    .for('update')

/** What a grant says now, whoever it is for. */
export interface GrantTerms {
  readonly basis: Basis
  readonly legal_reference: string | null
  readonly statement: string | null
  readonly statement_version: number | null
  readonly statement_digest: string | null
  readonly categories: readonly Category[]
  readonly onward: GrantRow['onward']
  readonly by_guardian: boolean
  readonly approved_by: string | null
  readonly period: Period
}

export interface GrantFor extends Pick<GrantRow, 'case' | 'owner' | 'recipient' | 'purpose'> {
  /** The row that is there for it, whatever its state. */
  readonly known: GrantRow | undefined
}

/**
 * Writes the one row that a case, recipient, purpose and basis have for ever. MUST be called in a
 * transaction that holds the case's consents (`caseForConsent`); what it takes from a known row MUST
 * have been withdrawn before.
 */
export const putGrant = async (tx: Tx, to: GrantFor, terms: GrantTerms): Promise<GrantRow> => {
  const { period, categories, ...said } = terms
  const fields = {
    ...said,
    categories: [...categories],
    sensitive: categories.filter((category) => SENSITIVE.includes(category)),
    ends_at: period.endsAt,
    sensitive_ends_at: period.sensitiveEndsAt,
    until_closed: period.untilClosed,
    inherited: false,
    distrusted_at: null,
    revoked_kid: null,
    status: 'active' as const,
    ended_at: null,
    at: period.startsAt,
  }
  const { known, ...key } = to
  const [row] =
    known === undefined
      ? await tx
          .insert(grant)
          .values({ id: newId(), ...key, ...fields })
          .returning()
      : await tx
          .update(grant)
          .set({ ...fields, version: sql`${grant.version} + 1` })
          .where(eq(grant.id, known.id))
          .returning()
  if (row === undefined) throw new Error('a grant was not written')
  return row
}
