import type { WebSocket } from 'ws'
import { LIVE_CLOSE } from '../../src/contracts/feed.ts'
import type { Context } from '../../src/service.ts'
import { createAgencyFeed, type AgencyFeed, type InTurn } from './agency-feed.ts'
import { readHeads } from './feed.ts'
import { createFollower } from './follower.ts'
import { startHeartbeat, type Beating } from './heartbeat.ts'

/** How long an item waits at most when its message was lost or NATS is away. */
const SWEEP_MS = 2_000
/** Of one agency on one replica. */
const MAX_SOCKETS = 1_000
const MAX_READS = 3

export interface Following extends Beating {
  readonly agency: string
  /** Null: from the newest item on. */
  readonly after: number | null
}

export interface LiveHub {
  follow(following: Following): Promise<void>
  /** Ends the sweeping. The sockets are closed by whoever accepted them. */
  stop(): void
}

const limitTo = (most: number): InTurn => {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= most) await new Promise<void>((resume) => waiting.push(resume))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}

/** Finds what no message told of, and sockets that are stuck. */
const startSweeper = (ctx: Context, feeds: ReadonlyMap<string, AgencyFeed>) => {
  const sweep = async (): Promise<void> => {
    const agencies = [...feeds.keys()]
    if (agencies.length === 0) return
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
  return { stop: () => clearInterval(timer) }
}

/** All live connections of this replica. */
export const createLiveHub = (ctx: Context): LiveHub => {
  const feeds = new Map<string, AgencyFeed>()
  /** Sockets per agency, those included that are still being greeted. */
  const sockets = new Map<string, Set<WebSocket>>()
  const inTurn = limitTo(MAX_READS)

  const sweeper = startSweeper(ctx, feeds)

  const enter = (agency: string, socket: WebSocket): AgencyFeed | null => {
    const present = sockets.get(agency) ?? new Set()
    if (present.size >= MAX_SOCKETS) return null
    sockets.set(agency, present.add(socket))
    const feed = feeds.get(agency) ?? createAgencyFeed(ctx, agency, inTurn)
    feeds.set(agency, feed)
    return feed
  }

  const leave = (agency: string, socket: WebSocket): void => {
    const present = sockets.get(agency)
    if (present?.delete(socket) !== true || present.size > 0) return
    sockets.delete(agency)
    feeds.get(agency)?.stop()
    feeds.delete(agency)
  }

  const greet = async (feed: AgencyFeed, { socket, after }: Following): Promise<void> => {
    const head = await feed.head(after ?? 0)
    if (after !== null && after > head) {
      return socket.close(LIVE_CLOSE.badAfter, `after is beyond the newest number, ${head}`)
    }
    if (socket.readyState !== socket.OPEN) return
    const follower = createFollower(socket, after ?? head, feed.pump)
    socket.on('close', () => feed.remove(follower))
    follower.greet(head)
    feed.add(follower)
  }

  return {
    follow: async (following) => {
      const { agency, socket } = following
      const feed = enter(agency, socket)
      if (feed === null) return socket.close(LIVE_CLOSE.tryLater, 'too many connections')
      socket.on('close', () => leave(agency, socket))
      startHeartbeat(following, ctx.log)
      try {
        await greet(feed, following)
      } catch (error) {
        ctx.log.warn({ err: error }, 'live connection not begun')
        socket.close(LIVE_CLOSE.tryLater, 'try again later')
      }
    },
    stop: sweeper.stop,
  }
}
