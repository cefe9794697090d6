import { sql } from 'drizzle-orm'
import type { KeyRing } from '../../src/key-ring.ts'
import type { Timer } from '../../src/service.ts'

const EVERY_MS = 5_000

/** Every state that a key of the ring has had. */
const statesOf = ({ current, next, former }: KeyRing): { kid: string; state: string }[] => [
  { kid: current.kid, state: 'published' },
  { kid: next.kid, state: 'published' },
  ...former.map(({ kid, isRevoked }) => ({ kid, state: isRevoked ? 'revoked' : 'retired' })),
]

/** Puts each key of permits on the record as it comes and goes; tells holders of one that was revoked. */
export const followKeys: Timer = {
  name: 'consent.follow_keys',
  everyMs: EVERY_MS,
  handle: async (tx, _firing, ctx) => {
    const states = JSON.stringify(statesOf(ctx.keys.permitRing()))
    const [row] = await tx.execute<{ told: number }>(
      sql`select consent.note_keys(${states}::text::jsonb) as told`,
    )
    if ((row?.told ?? 0) > 0) ctx.bus.wake('security_events')
  },
}
