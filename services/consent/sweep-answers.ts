import { sql } from 'drizzle-orm'
import type { Timer } from '../../src/service.ts'

const EVERY_MS = 60_000
/** In one transaction. Faster than answers can come: 120,000 in an hour. */
const BATCH = 2_000

/** Keeps the kernel's table of first answers to 7 days. */
export const sweepAnswers: Timer = {
  name: 'consent.sweep_answers',
  everyMs: EVERY_MS,
  handle: async (tx) => {
    await tx.execute(sql`select journal.sweep_answers(${BATCH})`)
  },
}
