import type { FeedItem } from '../../src/contracts/events.ts'
import type { Context } from '../../src/service.ts'
import type { InTurn } from '../../src/turns.ts'
import { readerFor, readFeed, readHeads, type Stretch } from './feed.ts'
import type { Follower } from './follower.ts'

const PAGE_LENGTH = 200

/** One agency's feed on this replica: read once, handed to all its sockets. */
export interface AgencyFeed {
  readonly followers: ReadonlySet<Follower>
  /** The newest number that this replica knows of; not less than `atLeast` if that exists. */
  head(atLeast: number): Promise<number>
  add(follower: Follower): void
  remove(follower: Follower): void
  /** Tells that the feed reaches at least to `head`. */
  reach(head: number): void
  /** Looks for sockets that lack something. */
  pump(): void
  stop(): void
}

const asItem = (body: unknown): FeedItem | null => {
  const item = body as FeedItem | null
  return typeof item === 'object' && Number.isSafeInteger(item?.n) ? item : null
}

/** The socket that waited longest for its turn among those that lack something. */
const nextBehind = (followers: Set<Follower>, head: number): Follower | null => {
  for (const follower of followers) {
    if (!follower.isReady || follower.last >= head) continue
    followers.delete(follower)
    followers.add(follower)
    return follower
  }
  return null
}

/** The newest number of a feed, as far as this replica knows. */
const createHead = (ctx: Context, agency: string) => {
  let known: number | null = null
  let learning: Promise<number> | null = null
  const reach = (n: number): void => {
    known = Math.max(known ?? 0, n)
  }
  const learn = async (): Promise<number> => {
    const [n = 0] = await readHeads(ctx.db, [agency])
    reach(n)
    return known ?? n
  }
  return {
    reach,
    known: () => known ?? 0,
    atLeast: async (n: number): Promise<number> => {
      if (known !== null && known >= n) return known
      learning ??= learn().finally(() => {
        learning = null
      })
      return await learning
    },
  }
}

/**
 * Numbers decide: Postgres is read from each socket's last number on; a message from NATS is
 * handed on only to sockets for which it is the next one, and otherwise means "read".
 */
export const createAgencyFeed = (ctx: Context, agency: string, inTurn: InTurn): AgencyFeed => {
  const followers = new Set<Follower>()
  const head = createHead(ctx, agency)
  let isPumping = false
  let isStopped = false

  const offerAll = (stretch: Stretch): void => {
    for (const follower of followers) follower.offer(stretch)
  }

  const catchUp = async (): Promise<void> => {
    for (;;) {
      const behind = nextBehind(followers, head.known())
      if (behind === null || isStopped) return
      const { last } = behind
      const stretch = await inTurn(() =>
        readFeed(ctx.db, readerFor(agency), agency, last, PAGE_LENGTH),
      )
      // Postgres has less than was announced: a restored or lagging server. The sweep comes back.
      if (stretch.to === last) return
      head.reach(stretch.to)
      offerAll(stretch)
    }
  }

  const pump = (): void => {
    if (isPumping || isStopped) return
    isPumping = true
    catchUp()
      .catch((error: unknown) =>
        ctx.log.warn({ err: error }, 'feed not read, the sweep comes back'),
      )
      .finally(() => {
        isPumping = false
      })
  }

  const hear = (body: unknown): void => {
    const item = asItem(body)
    if (item === null) return
    head.reach(item.n)
    offerAll({ from: item.n - 1, to: item.n, items: [item] })
    pump()
  }
  const subscription = ctx.bus.subscribe(`agency.${agency}.>`, hear)

  return {
    followers,
    reach: head.reach,
    head: head.atLeast,
    pump,
    add: (follower) => {
      followers.add(follower)
      pump()
    },
    remove: (follower) => {
      followers.delete(follower)
    },
    stop: () => {
      isStopped = true
      subscription.stop()
    },
  }
}
