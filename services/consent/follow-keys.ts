import { sql } from 'drizzle-orm'
import { formerAgencyKeysOf } from '../../src/agency-key.ts'
import type { KeyRing } from '../../src/key-ring.ts'
import type { Keys } from '../../src/keys.ts'
import type { Timer } from '../../src/service.ts'

const EVERY_MS = 5_000

interface KeyState {
  readonly kid: string
  readonly state: string
  /** Whose key the hub held; absent: its own, of permits. */
  readonly agency?: string
}

/** The keys that the hub held for agencies before those of now. */
const formerOf = async (keys: Keys): Promise<KeyState[]> => {
  const agencies = Object.keys(keys.replacements())
  const each = agencies.map(async (agency) =>
    (await formerAgencyKeysOf(keys, agency)).map(({ key }) => ({
      kid: key.kid,
      state: 'retired',
      agency,
    })),
  )
  return (await Promise.all(each)).flat()
}

/** Every state that a key of the ring has had. */
const statesOf = ({ current, next, former }: KeyRing): KeyState[] => [
  { kid: current.kid, state: 'published' },
  { kid: next.kid, state: 'published' },
  ...former.map(({ kid, isRevoked }) => ({ kid, state: isRevoked ? 'revoked' : 'retired' })),
]

/**
 * Puts each key of permits on the record as it comes and goes, and each that the hub held for an agency as
 * it goes; tells holders of a key of permits that was revoked.
 */
export const followKeys: Timer = {
  name: 'consent.follow_keys',
  everyMs: EVERY_MS,
  handle: async (tx, _firing, ctx) => {
    const { keys } = ctx
    const states = JSON.stringify([...statesOf(keys.permitRing()), ...(await formerOf(keys))])
    const [row] = await tx.execute<{ told: number }>(
      sql`select consent.note_keys(${states}::text::jsonb) as told`,
    )
    if ((row?.told ?? 0) > 0) ctx.bus.wake('security_events')
  },
}
