import { sql } from 'drizzle-orm'
import { HUB } from '../../src/actor.ts'
import type { EventType } from '../../src/contracts/events.ts'
import { CLOCKS, type Clock, type ClockName, type Mark } from '../../src/contracts/timers.ts'
import type { Tx } from '../../src/db.ts'
import type { Firing, Timer } from '../../src/service.ts'
import { setTimer } from '../../src/timers.ts'
import { nextFiring, type Ringing } from './marks.ts'

/** One input row of `referrals.ring`. */
interface RingRow {
  readonly i: number
  readonly id: string
  readonly round: number
  /** The clock runs in this state alone. */
  readonly state: string
  readonly side: string
  readonly event: EventType
  readonly is_for_both: boolean
  readonly expires: boolean
  readonly reason: string | null
  readonly actor: string
  readonly data: object
}

const AT_DEADLINE: Partial<Record<ClockName, EventType>> = {
  contact: 'referrals.arrival.missed.v1',
  review: 'referrals.review.due.v1',
  hold: 'referrals.review.due.v1',
  feedback: 'referrals.feedback.owed.v1',
}

const eventOf = (clock: ClockName, mark: Mark): EventType => {
  switch (mark) {
    case 'remind':
      return 'referrals.clock.reminded.v1'
    case 'overdue':
      return AT_DEADLINE[clock] ?? 'referrals.clock.overdue.v1'
    case 'coordinate':
      return 'referrals.clock.escalated.v1'
    case 'expire':
      return 'referrals.referral.expired.v1'
  }
}

const rowOf = (id: string, ringing: Ringing, due: Date): RingRow => {
  const rule: Clock = CLOCKS[ringing.clock]
  const { mark, clock, percent, round } = ringing
  const isQuiet =
    mark === 'remind' || clock === 'review' || (clock === 'hold' && mark === 'overdue')
  return {
    i: 0,
    id,
    round,
    state: rule.state,
    side: rule.side,
    event: eventOf(clock, mark),
    is_for_both: !isQuiet,
    expires: mark === 'expire',
    reason: mark === 'expire' ? (rule.expireReason ?? null) : null,
    actor: HUB.id,
    data: { clock, mark, percent, due: due.toISOString() },
  }
}

const call = async <Row extends object>(tx: Tx, name: string, row: object): Promise<Row[]> => {
  const rows = JSON.stringify([row])
  return [
    ...(await tx.execute(sql`select * from ${sql.raw(name)}(${rows}::jsonb)`)),
  ] as unknown as Row[]
}

const idOf = ({ key }: Firing): string => key.split('/')[0] ?? ''

/** A clock at one of its marks: remind, tell both sides, call the coordinator, expire. */
export const ring: Timer = {
  name: 'referrals.clock',
  handle: async (tx, firing) => {
    const ringing = firing.data as unknown as Ringing
    const id = idOf(firing)
    const rows = await call<{ outcome: string }>(
      tx,
      'referrals.ring',
      rowOf(id, ringing, firing.due),
    )
    if (rows[0]?.outcome !== 'rung') return
    for (const next of nextFiring(id, ringing, firing.due)) {
      await setTimer(tx, { ...next, due: new Date(next.due), data: { ...next.data } })
    }
  },
}

/** Thirty, ninety and a hundred and eighty days after a closing. */
export const followUp: Timer = {
  name: 'referrals.follow_up',
  handle: async (tx, firing) => {
    const event: EventType = 'referrals.follow_up.due.v1'
    const { day } = firing.data
    await call(tx, 'referrals.follow_up', { i: 0, id: idOf(firing), day, event, actor: HUB.id })
  },
}

export const purgeDraft: Timer = {
  name: 'referrals.draft',
  handle: async (tx, firing) => {
    const event: EventType = 'referrals.referral.draft_purged.v1'
    await call(tx, 'referrals.purge_draft', { i: 0, id: idOf(firing), event, actor: HUB.id })
  },
}
