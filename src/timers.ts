import { sql } from 'drizzle-orm'
import { HUB } from './actor.ts'
import type { Tx } from './db.ts'
import { isOutage } from './outage.ts'
import type { Context, Firing, Timer } from './service.ts'

const POLL_MS = 1_000
/** Firings in hand at once, per service and replica. */
const LANES = 2
/** Firings of one name in one transaction. */
const BATCH = 25
/** Waits after a failure, in milliseconds; the last one for ever: a firing is never given up. */
const RETRY_MS = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000]
/** How long it stays on the record that a firing happened. */
const KEPT_MS = 400 * 24 * 3_600_000
const FORGET_MS = 3_600_000

export interface NewFiring {
  /** A `Timer.name`. */
  readonly name: string
  /** Unique under the name for ever. MUST hold ids and codes only. */
  readonly key: string
  readonly due: Date
  readonly data?: Readonly<Record<string, unknown>>
}

/**
 * Sets a firing in the caller's transaction. The key set again moves a firing that still waits,
 * and changes nothing once it has happened.
 */
export const setTimer = async (tx: Tx, firing: NewFiring): Promise<void> => {
  const due = firing.due.toISOString()
  await tx.execute(sql`
    insert into journal.timer (name, key, due, try_at, data)
    values (${firing.name}, ${firing.key}, ${due}, ${due}, ${JSON.stringify(firing.data ?? {})}::jsonb)
    on conflict (name, key) do update
      set due = excluded.due, try_at = excluded.due, data = excluded.data, tries = 0
      where journal.timer.fired_at is null`)
}

/** Takes back a firing that still waits. */
export const dropTimer = async (tx: Tx, name: string, key: string): Promise<void> => {
  await tx.execute(sql`
    delete from journal.timer where name = ${name} and key = ${key} and fired_at is null`)
}

/** The first multiple of the period, counted from 1970, after an instant. */
const nextTurn = (everyMs: number, after: Date): Date =>
  new Date((Math.floor(after.getTime() / everyMs) + 1) * everyMs)

const setTurn = async (tx: Tx, { name, everyMs }: Timer, after: Date): Promise<void> => {
  if (everyMs === undefined) return
  const due = nextTurn(everyMs, after)
  await tx.execute(sql`
    insert into journal.timer (name, key, due, try_at)
    select ${name}, ${due.toISOString()}, ${due.toISOString()}, ${due.toISOString()}
    where not exists (select from journal.timer where name = ${name} and fired_at is null)
    on conflict do nothing`)
}

interface Row extends Record<string, unknown> {
  readonly name: string
  readonly key: string
  readonly due: string
  readonly tries: number
  readonly data: Firing['data']
}

class FiringFailure extends Error {
  readonly row: Row
  constructor(row: Row, cause: unknown) {
    super('a firing failed', { cause })
    this.row = row
  }
}

/**
 * Takes firings that are due, marks them and does their work, in one transaction; tells how many.
 * @throws FiringFailure for the first that fails; nothing of the batch has happened then
 */
const fireBatch = (ctx: Context, timers: ReadonlyMap<string, Timer>): Promise<number> =>
  ctx.db.withActor(HUB, async (tx) => {
    const now = ctx.now()
    const names = `{${[...timers.keys()].join(',')}}`
    // Rows that another replica has in hand are skipped; its lock and its work end together.
    const rows = await tx.execute<Row>(sql`
      update journal.timer t set fired_at = ${now.toISOString()}
      from (
        select waiting.name, waiting.key
        from unnest(${names}::text[]) as own (name) cross join lateral (
          select * from journal.timer
          where name = own.name and fired_at is null and try_at <= ${now.toISOString()}
          order by try_at limit ${BATCH} for update skip locked) waiting
      ) due
      where t.name = due.name and t.key = due.key
      returning t.name, t.key, t.due, t.tries, t.data`)
    // By key: work that locks what its key begins with takes the locks in the order of ids.
    for (const row of rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
      const timer = timers.get(row.name)
      try {
        await timer?.handle(tx, { key: row.key, due: new Date(row.due), data: row.data }, ctx)
      } catch (error) {
        throw new FiringFailure(row, error)
      }
      if (timer !== undefined) await setTurn(tx, timer, now)
    }
    return rows.length
  })

/** Sets the next try of a firing whose work was undone. */
const postpone = async (ctx: Context, { row, cause }: FiringFailure): Promise<void> => {
  const waitMs = RETRY_MS[Math.min(row.tries, RETRY_MS.length - 1)] ?? 0
  const tryAt = new Date(ctx.now().getTime() + waitMs).toISOString()
  ctx.log.error({ timer: row.name, tries: row.tries + 1, err: cause }, 'firing failed, again later')
  await ctx.db.withActor(HUB, (tx) =>
    tx.execute(sql`
      update journal.timer set try_at = ${tryAt}, tries = tries + 1
      where name = ${row.name} and key = ${row.key} and tries = ${row.tries} and fired_at is null`),
  )
}

const forgetFired = (ctx: Context): Promise<unknown> => {
  const before = new Date(ctx.now().getTime() - KEPT_MS).toISOString()
  return ctx.db.withActor(HUB, (tx) =>
    tx.execute(sql`delete from journal.timer where fired_at < ${before}`),
  )
}

export interface Scheduler {
  /** Fires whatever is due now; resolves when nothing more is due or in hand here. */
  fireDue(): Promise<void>
  /** Awaits what is in hand. */
  stop(): Promise<void>
}

/**
 * Fires the timers of one service. Any number of replicas may run it: a firing is done in the
 * transaction that locks and marks its row, so it happens once; after an outage whatever came due
 * meanwhile is fired, the oldest first.
 */
export const startScheduler = async (
  ctx: Context,
  list: readonly Timer[],
  pollMs = POLL_MS,
): Promise<Scheduler> => {
  const timers = new Map(list.map((timer) => [timer.name, timer]))
  let isStopped = false

  const lane = async (): Promise<number> => {
    for (let fired = 0; ;) {
      if (isStopped) return fired
      try {
        const count = await fireBatch(ctx, timers)
        if (count === 0) return fired
        fired += count
      } catch (error) {
        if (!(error instanceof FiringFailure) || isOutage(error.cause)) throw error
        await postpone(ctx, error)
      }
    }
  }
  const fireDue = async (): Promise<number> => {
    const lanes = await Promise.all(Array.from({ length: LANES }, lane))
    const fired = lanes.reduce((sum, count) => sum + count, 0)
    if (fired > 0) ctx.bus.wake('ledger')
    return fired
  }

  let inHand: Promise<unknown> = Promise.resolve()
  let isBusy = false
  const sweep = (work: () => Promise<unknown>): void => {
    if (isBusy) return
    isBusy = true
    inHand = work()
      .catch((error: unknown) => ctx.log.warn({ err: error }, 'timers not swept, again soon'))
      .finally(() => {
        isBusy = false
      })
  }
  await ctx.db.withActor(HUB, async (tx) => {
    for (const timer of list) await setTurn(tx, timer, ctx.now())
  })
  const poll = setInterval(sweep, pollMs, fireDue)
  const forgetting = setInterval(sweep, FORGET_MS, () => forgetFired(ctx))
  return {
    fireDue: async () => {
      await fireDue()
      await inHand
    },
    stop: async () => {
      isStopped = true
      clearInterval(poll)
      clearInterval(forgetting)
      await inHand
    },
  }
}
