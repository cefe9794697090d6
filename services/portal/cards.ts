import type { Referral } from '../../src/contracts/referral.ts'
import type { CardItem } from './parts/card.tsx'
import { clockOf } from './parts/clock.tsx'
import { stepsFor } from './steps.ts'
import type { SignedVisit } from './visit.ts'

/** A referral as a card: its own fields, and the directory's names for what they point at. */
export const cardOf = async (visit: SignedVisit, row: Referral): Promise<CardItem> => {
  const { names, me } = visit
  const [service_name, other_agency] = await Promise.all([
    names.service(row.service),
    names.agency(row.side === 'recipient' ? row.sender : row.recipient),
  ])
  const verbs = row.side === 'recipient' ? stepsFor(me, row).map(({ verb }) => verb) : []
  const { id, state, side, purpose, urgency, age_band, needs, due, changed_at } = row
  return {
    id,
    state,
    side,
    purpose,
    urgency,
    age_band,
    needs,
    due,
    changed_at,
    service_name,
    other_agency,
    area: names.area(row.district),
    may_decide: verbs.includes('accept'),
    may_ask: verbs.includes('ask'),
  }
}

const URGENCY_ORDER = { emergency: 0, urgent: 1, normal: 2 } as const
const NEVER = Number.POSITIVE_INFINITY

/** Late ones first, longest late on top; then by urgency; then by what is due soonest. */
export const byNeed = (now: number) => {
  const dueOf = (row: Referral): number => {
    const { at } = clockOf(row.state, row.side, row.due)
    return at === null ? NEVER : Date.parse(at)
  }
  return (a: Referral, b: Referral): number => {
    const [dueA, dueB] = [dueOf(a), dueOf(b)]
    const [lateA, lateB] = [dueA < now, dueB < now]
    if (lateA !== lateB) return lateA ? -1 : 1
    if (lateA) return dueA - dueB
    const byUrgency = URGENCY_ORDER[a.urgency] - URGENCY_ORDER[b.urgency]
    if (byUrgency !== 0) return byUrgency
    return dueA === dueB ? 0 : dueA - dueB
  }
}
