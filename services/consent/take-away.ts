import { sql } from 'drizzle-orm'
import type { Actor } from '../../src/actor.ts'
import type { Basis, Category, Purpose } from '../../src/contracts/codes.ts'
import type { REVOKE_REASONS } from '../../src/contracts/lifecycle.ts'
import type { Tx } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import type { GrantRow } from './tables.ts'

/** What is withdrawn; a null part means every one, but the basis is one. */
export interface Scope {
  readonly basis: Basis
  readonly scope: (typeof REVOKE_REASONS)[number]
  readonly recipient: string | null
  readonly purpose: Purpose | null
  readonly category: Category | null
}

export interface TakenAway {
  /** Null when nothing was active. */
  readonly withdrawal: string | null
  readonly grants: number
  /** Referrals that ended. */
  readonly revoked: readonly string[]
}

interface Affected extends Record<string, unknown> {
  readonly grants: number
  readonly referral: string | null
  readonly is_revoked: boolean | null
}

/**
 * Withdraws within the caller's transaction: grants end or shrink, what rests on them is revoked,
 * holders are ordered to stop. No hand-off commits on them afterwards.
 */
export const takeAway = async (
  tx: Tx,
  actor: Actor,
  caseId: string,
  scope: Scope,
): Promise<TakenAway> => {
  const id = newId()
  const row = { ...scope, withdrawal: id, case: caseId, agency: actor.agency, actor: actor.id }
  const affected = await tx.execute<Affected>(
    sql`select grants, referral, is_revoked from consent.withdraw(${JSON.stringify(row)}::text::jsonb)`,
  )
  return {
    withdrawal: affected.length === 0 ? null : id,
    grants: affected[0]?.grants ?? 0,
    revoked: affected.flatMap((each) =>
      each.referral !== null && each.is_revoked === true ? [each.referral] : [],
    ),
  }
}

/** A newer statement as it bears on the grants that are there. */
export interface Newer {
  readonly isRefusal: boolean
  readonly recipients: readonly string[]
  readonly purposes: readonly Purpose[]
  readonly categories: readonly Category[]
  /** The statement that it is a new version of. */
  readonly replaces: string | null
}

export const isNamed = (newer: Newer, row: Pick<GrantRow, 'recipient' | 'purpose'>): boolean =>
  newer.recipients.includes(row.recipient) && newer.purposes.includes(row.purpose)

/** What of an active grant a newer statement takes away: everything, or these categories. */
export const lossOf = (newer: Newer, row: GrantRow): 'all' | readonly Category[] => {
  const isReplaced = newer.replaces !== null && row.statement === newer.replaces
  if (!isNamed(newer, row)) return isReplaced ? 'all' : []
  if (!newer.isRefusal) return row.categories.filter((one) => !newer.categories.includes(one))
  if (isReplaced) return 'all'
  const lost = row.categories.filter((one) => newer.categories.includes(one))
  return lost.length === row.categories.length ? 'all' : lost
}

/** Withdraws from one grant everything, or these categories. It MUST be locked by the caller. */
export const takeFrom = async (
  tx: Tx,
  actor: Actor,
  row: GrantRow,
  loss: 'all' | readonly Category[],
): Promise<readonly TakenAway[]> => {
  const taken: TakenAway[] = []
  const { basis, recipient, purpose } = row
  for (const category of loss === 'all' ? [null] : loss) {
    const scope: Scope = { basis, scope: 'this_referral', recipient, purpose, category }
    taken.push(await takeAway(tx, actor, row.case, scope))
  }
  return taken
}

/** Withdraws exactly what the newer statement takes from these grants, locked by the caller. */
export const narrow = async (
  tx: Tx,
  actor: Actor,
  newer: Newer,
  grants: readonly GrantRow[],
): Promise<readonly TakenAway[]> => {
  const taken: TakenAway[] = []
  for (const row of grants) {
    if (row.status !== 'active') continue
    taken.push(...(await takeFrom(tx, actor, row, lossOf(newer, row))))
  }
  return taken
}
