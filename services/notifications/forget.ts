import { sql } from 'drizzle-orm'
import type { Timer } from '../../src/service.ts'

const DAY_MS = 86_400_000
const KEPT_DAYS = 366

/** Once a day: what was told more than a year ago is forgotten. */
export const forgetNotices: Timer = {
  name: 'notifications.forget',
  everyMs: DAY_MS,
  handle: async (tx, { due }) => {
    const before = new Date(due.getTime() - KEPT_DAYS * DAY_MS).toISOString()
    await tx.execute(sql`select notifications.forget(${JSON.stringify([{ before }])}::jsonb)`)
  },
}
