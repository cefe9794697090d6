import { sql } from 'drizzle-orm'
import { setTimeout as wait } from 'node:timers/promises'
import { HUB } from '../../src/actor.ts'
import type { Db } from '../../src/db.ts'
import type { Context } from '../../src/service.ts'

/** How often a standby tries for the lock, and how long a leader may take to be replaced. */
const STANDBY_MS = 500

/**
 * Runs `work` while this process alone holds the advisory lock, and tries again whenever it does
 * not, until `halt`. The lock is held by an open transaction on a connection of its own, so that
 * losing the connection is losing the lock: the signal given to `work` then aborts. `work` MUST
 * return soon after that and MUST NOT reject. Because a lost connection can be noticed late, what
 * `work` writes MUST be such that two writers at once cannot both succeed.
 */
export const leadUntil = async (
  halt: AbortSignal,
  lock: number,
  { db, log }: Pick<Context, 'db' | 'log'>,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  let isAway = false
  while (!halt.aborted) {
    try {
      await lead(halt, lock, db, work)
      isAway = false
    } catch (error) {
      if (!isAway) log.warn({ err: error }, 'ledger: not leading, the database is away')
      isAway = true
    }
    await wait(STANDBY_MS, undefined, { signal: halt }).catch(() => {})
  }
}

const lead = async (
  halt: AbortSignal,
  lock: number,
  db: Db,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const over = new AbortController()
  const end = (): void => over.abort()
  halt.addEventListener('abort', end, { once: true })
  let working: Promise<void> | undefined
  try {
    await db.withActor(HUB, async (tx) => {
      await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`)
      const [row] = await tx.execute<{ won: boolean }>(
        sql`select pg_try_advisory_xact_lock(${lock}::bigint) as won`,
      )
      if (row?.won !== true || over.signal.aborted) return
      working = work(over.signal)
      await working
    })
  } finally {
    end()
    halt.removeEventListener('abort', end)
    await working
  }
}
