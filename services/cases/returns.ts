import { sql } from 'drizzle-orm'
import type { Actor } from '../../src/actor.ts'
import type { ReturnRead, RISKS, WISHES } from '../../src/contracts/case.ts'
import { RETURNS } from '../../src/contracts/codes.ts'
import type { ReferralState } from '../../src/contracts/lifecycle.ts'
import type { Tx } from '../../src/db.ts'

type Return = ReturnRead['purpose']

interface Newest extends Record<string, unknown> {
  readonly purpose: Return
  readonly wish: (typeof WISHES)[number] | null
  readonly wish_at: string | null
  readonly risk: (typeof RISKS)[number] | null
  readonly risk_at: string | null
}

const instant = (text: string | null): string | null =>
  text === null ? null : new Date(text).toISOString()

/** The newest wish and the newest assessment of each kind of return that has one. */
export const returnsOf = async (tx: Tx, caseId: string): Promise<ReturnRead[]> => {
  const purposes = `{${RETURNS.join(',')}}`
  const rows = await tx.execute<Newest>(sql`
    select p.purpose, w.wish, w.at as wish_at, r.risk, r.at as risk_at
    from unnest(${purposes}::text[]) with ordinality p(purpose, n)
    left join lateral (select o.wish, o.at from cases.own_wish o
      where o.case_id = ${caseId} and o.purpose = p.purpose order by o.at desc limit 1) w on true
    left join lateral (select a.risk, a.at from cases.risk_assessment a
      where a.case_id = ${caseId} and a.purpose = p.purpose order by a.at desc limit 1) r on true
    where w.wish is not null or r.risk is not null order by p.n`)
  return rows.map((row) => ({
    purpose: row.purpose,
    wish: row.wish,
    wish_at: instant(row.wish_at),
    risk: row.risk,
    risk_at: instant(row.risk_at),
  }))
}

export const returnOf = async (tx: Tx, caseId: string, purpose: Return): Promise<ReturnRead> => {
  const found = (await returnsOf(tx, caseId)).find((one) => one.purpose === purpose)
  return found ?? { purpose, wish: null, wish_at: null, risk: null, risk_at: null }
}

/** What of a case no longer fits it, and why: a code of its own record. */
export interface Misfit {
  readonly case: string
  readonly purpose: Return | null
  readonly recipient: string | null
  readonly states: readonly ReferralState[]
  readonly reason: 'own_wish' | 'do_not_send'
}

/** Alarms those who follow the referrals under way that no longer fit the case, and names them. */
export const callForReview = async (tx: Tx, actor: Actor, misfit: Misfit): Promise<string[]> => {
  const states = `{${misfit.states.join(',')}}`
  const rows = await tx.execute<{ referral: string }>(sql`
    select referral from referrals.call_for_review(${misfit.case}, ${misfit.purpose},
      ${misfit.recipient}, ${states}::text[], ${misfit.reason}, ${actor.agency}, ${actor.id})`)
  return rows.map((row) => row.referral)
}
