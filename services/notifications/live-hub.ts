import { LIVE_CLOSE } from '../../src/contracts/feed.ts'
import { Problem } from '../../src/problem.ts'
import type { Context } from '../../src/service.ts'
import { createTurns } from '../../src/turns.ts'
import { createAgencyFeed, type AgencyFeed } from './agency-feed.ts'
import { readHeads } from './feed.ts'
import { createFollower } from './follower.ts'
import type { Follower } from './follower.ts'
import { startHeartbeat, type Beating } from './heartbeat.ts'
import type { Line } from './line.ts'

/** How long an item waits at most when its message was lost or NATS is away. */
const SWEEP_MS = 2_000
/** Of one agency on one replica. */
const MAX_SOCKETS = 1_000
const MAX_READS = 3

export interface Following extends Beating {
  readonly agency: string
  readonly person: string
  /** Null: from the newest item on. */
  readonly after: number | null
}

export interface LiveHub {
  follow(following: Following): Promise<void>
  /** @throws Problem after_beyond_end when the feed has no such number yet */
  demandReached(agency: string, after: number): Promise<void>
  /** Ends the sweeping, and every line that still stands. */
  stop(): void
}

/** Null for the newest; undefined when it is not a number of a feed. */
export const numberOf = (after: string | undefined): number | null | undefined => {
  if (after === undefined) return null
  return /^\d{1,15}$/.test(after) ? Number(after) : undefined
}

/** Ends lines whose token, session, person or role is no more; asked at once, answered together. */
const endLapsed = async (open: Iterable<Beating>): Promise<void> => {
  await Promise.all(
    Array.from(open, async ({ line, mayFollow }) => {
      if (!(await mayFollow())) line.close(LIVE_CLOSE.signInAgain, 'sign in again')
    }),
  )
}

/**
 * Finds what no message told of, and sockets that are stuck. Access that was taken away is told of by
 * a wake, and found here when that was lost.
 */
const startSweeper = (
  ctx: Context,
  feeds: ReadonlyMap<string, AgencyFeed>,
  open: ReadonlySet<Beating>,
) => {
  const lapse = (): void => {
    endLapsed(open).catch((error: unknown) =>
      ctx.log.warn({ err: error }, 'access not asked again, the sweep comes back'),
    )
  }
  const wake = ctx.bus.onWake('access', lapse)
  const sweep = async (): Promise<void> => {
    const agencies = [...feeds.keys()]
    if (agencies.length === 0) return
    lapse()
    for (const feed of feeds.values()) for (const follower of feed.followers) follower.judge()
    const heads = await readHeads(ctx.db, agencies)
    for (const [index, agency] of agencies.entries()) {
      feeds.get(agency)?.reach(heads[index] ?? 0)
      feeds.get(agency)?.pump()
    }
  }
  let isSweeping = false
  const timer = setInterval(() => {
    if (isSweeping) return
    isSweeping = true
    sweep()
      .catch((error: unknown) => ctx.log.warn({ err: error }, 'feeds not swept'))
      .finally(() => {
        isSweeping = false
      })
  }, SWEEP_MS)
  const stop = (): void => {
    wake.stop()
    clearInterval(timer)
  }
  return { stop }
}

/** All live connections of this replica. */
export const createLiveHub = (ctx: Context): LiveHub => {
  const feeds = new Map<string, AgencyFeed>()
  /** Lines per agency, those included that are still being greeted. */
  const lines = new Map<string, Set<Line>>()
  const personOf = new WeakMap<Follower, string>()
  const seenBy = new Map<string, { stop(): void }>()
  // A busy agency cannot keep others from Postgres.
  const inTurn = createTurns(MAX_READS)

  const open = new Set<Beating>()
  const sweeper = startSweeper(ctx, feeds, open)

  const hearSeen = (feed: AgencyFeed) => (body: unknown) => {
    const { person, up_to: upTo } = (body ?? {}) as { person?: string; up_to?: number }
    if (person === undefined || !Number.isSafeInteger(upTo)) return
    for (const follower of feed.followers) {
      if (personOf.get(follower) === person) follower.tellSeen(upTo ?? 0)
    }
  }

  const enter = (agency: string, line: Line): AgencyFeed | null => {
    const present = lines.get(agency) ?? new Set()
    if (present.size >= MAX_SOCKETS) return null
    lines.set(agency, present.add(line))
    const known = feeds.get(agency)
    if (known !== undefined) return known
    const feed = createAgencyFeed(ctx, agency, inTurn)
    feeds.set(agency, feed)
    seenBy.set(agency, ctx.bus.subscribe(`live.${agency}.seen`, hearSeen(feed)))
    return feed
  }

  const leave = (agency: string, line: Line): void => {
    const present = lines.get(agency)
    if (present?.delete(line) !== true || present.size > 0) return
    lines.delete(agency)
    seenBy.get(agency)?.stop()
    seenBy.delete(agency)
    feeds.get(agency)?.stop()
    feeds.delete(agency)
  }

  const greet = async (feed: AgencyFeed, { line, person, after }: Following): Promise<void> => {
    const head = await feed.head(after ?? 0)
    if (after !== null && after > head) {
      return line.close(LIVE_CLOSE.badAfter, `after is beyond the newest number, ${head}`)
    }
    if (!line.isOpen) return
    const follower = createFollower(line, after ?? head, feed.pump)
    personOf.set(follower, person)
    line.onClose(() => feed.remove(follower))
    follower.greet(head)
    feed.add(follower)
  }

  return {
    follow: async (following) => {
      const { agency, line } = following
      const feed = enter(agency, line)
      if (feed === null) return line.close(LIVE_CLOSE.tryLater, 'too many connections')
      open.add(following)
      line.onClose(() => {
        open.delete(following)
        leave(agency, line)
      })
      startHeartbeat(following, ctx.log)
      try {
        await greet(feed, following)
      } catch (error) {
        ctx.log.warn({ err: error }, 'live connection not begun')
        line.close(LIVE_CLOSE.tryLater, 'try again later')
      }
    },
    demandReached: async (agency, after) => {
      const [head = 0] = await readHeads(ctx.db, [agency])
      if (after > head) throw new Problem('after_beyond_end', { params: { head } })
    },
    stop: () => {
      sweeper.stop()
      for (const present of lines.values()) {
        for (const line of present) line.close(LIVE_CLOSE.restart, 'the hub restarts')
      }
    },
  }
}
