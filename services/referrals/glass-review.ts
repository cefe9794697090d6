import { sql } from 'drizzle-orm'
import { HUB } from '../../src/actor.ts'
import type { EventType } from '../../src/contracts/events.ts'
import type { Timer } from '../../src/service.ts'

/** A review that was due: whoever has it to do is told, and the hub's coordinators get a task. */
export const callGlassReview: Timer = {
  name: 'referrals.glass_review',
  handle: async (tx, { key }) => {
    const event: EventType = 'referrals.break_glass.review_overdue.v1'
    const rows = JSON.stringify([{ id: key, event, actor: HUB.id }])
    await tx.execute(sql`select referrals.call_glass_review(${rows}::jsonb)`)
  },
}
