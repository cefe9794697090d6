import { LIVE_CLOSE, type LiveHello, type LiveSeen } from '../../src/contracts/feed.ts'
import type { FeedItem } from '../../src/contracts/events.ts'
import type { Stretch } from './feed.ts'
import type { Line } from './line.ts'

/** Bytes on their way to one socket above which it gets nothing more until they have left. */
const PAUSE_BYTES = 65_536
const MAX_BYTES = 1_048_576
const MAX_PAUSE_MS = 10_000

export interface Follower {
  /** Number of the last item handed to the socket. */
  readonly last: number
  /** False while the socket is too full, or closing. */
  readonly isReady: boolean
  greet(head: number): void
  /** Tells what the person has seen on another device. */
  tellSeen(upTo: number): void
  /** Sends what is new in the stretch; nothing when the stretch does not join on to `last`. */
  offer(stretch: Stretch): void
  /** Ends a socket that took nothing for too long. */
  judge(): void
  close(code: number, reason: string): void
}

/** The text of an item, made once for all sockets that get it. */
const texts = new WeakMap<FeedItem, string>()
const textOf = (item: FeedItem): string => {
  const text = texts.get(item) ?? JSON.stringify(item)
  texts.set(item, text)
  return text
}

/**
 * One line that follows a feed from a number on, in order. Holds at most one stretch beyond
 * PAUSE_BYTES; `resume` is called when a paused socket can take more.
 */
export const createFollower = (line: Line, after: number, resume: () => void): Follower => {
  let last = after
  let pausedAt: number | null = null

  const isReady = (): boolean => pausedAt === null && line.isOpen

  const close = (code: number, reason: string): void => {
    if (line.isOpen) line.close(code, reason)
  }

  const tooSlow = (): void => close(LIVE_CLOSE.tooSlow, `resume after ${last}`)

  const unpause = (): void => {
    if (pausedAt === null || line.bufferedBytes > PAUSE_BYTES) return
    pausedAt = null
    resume()
  }

  return {
    get last() {
      return last
    },
    get isReady() {
      return isReady()
    },
    close,
    greet: (head) =>
      line.send(JSON.stringify({ type: 'hello', head } satisfies LiveHello), 'hello'),
    tellSeen: (upTo) => {
      if (!isReady()) return
      line.send(JSON.stringify({ type: 'seen', up_to: upTo } satisfies LiveSeen), 'seen')
    },
    offer: ({ from, to, items }) => {
      if (!isReady() || from > last || to <= last) return
      for (const item of items) if (item.n > last) line.send(textOf(item), item.n, unpause)
      last = to
      if (line.bufferedBytes > MAX_BYTES) tooSlow()
      else if (line.bufferedBytes > PAUSE_BYTES) pausedAt = Date.now()
    },
    judge: () => {
      if (pausedAt !== null && Date.now() - pausedAt > MAX_PAUSE_MS) tooSlow()
    },
  }
}
