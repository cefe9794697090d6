import { sql } from 'drizzle-orm'
import type { Timer } from '../../src/service.ts'

const HOUR_MS = 3_600_000
const KEPT_HOURS = 24

/** Every hour: images that were uploaded and not sent within a day are forgotten. */
export const forgetUnsent: Timer = {
  name: 'messages.forget_unsent',
  everyMs: HOUR_MS,
  handle: async (tx, { due }) => {
    const before = new Date(due.getTime() - KEPT_HOURS * HOUR_MS).toISOString()
    await tx.execute(
      sql`select messages.forget_unsent(${JSON.stringify([{ before }])}::text::jsonb)`,
    )
  },
}
