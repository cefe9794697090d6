import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { FeedItem } from '../contracts/events.ts'
import { LIVE_CLOSE, type LiveHello, type LiveSeen } from '../contracts/feed.ts'
import { FINAL_STATUSES, readEvents } from './events.ts'
import { HubError } from './http.ts'
import { headersOf, TokenError, type TokenGiver } from './token.ts'

export interface FollowOptions {
  /** Address of the hub, without a trailing slash. */
  readonly url: string
  readonly token: TokenGiver
  /** Number of the last item that was handled; absent: from the newest on. */
  readonly after?: number
  /** Server-Sent Events where proxies let no WebSocket pass. */
  readonly over?: 'websocket' | 'events'
  /** Called for each item in order, one at a time. When it fails, following ends with its error. */
  readonly onItem: (item: FeedItem) => void | Promise<void>
  /** Called at the beginning of each connection with the newest number. */
  readonly onHello?: (head: number) => void
  /** Called when the same person has seen everything up to a number on another device. */
  readonly onSeen?: (upTo: number) => void
  readonly signal: AbortSignal
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 10_000
/** The hub pings every 25 seconds. */
const SILENCE_MS = 60_000
/** Items that wait to be handled before the hub is made to wait. */
const MAX_WAITING = 256
const FINAL_CODES: readonly number[] = [LIVE_CLOSE.badAfter]

export interface Progress {
  last: number | undefined
  failures: number
}

/** Handles items one after another and makes the socket wait when too many are queued. */
const createIntake = (options: FollowOptions, progress: Progress, socket: WebSocket) => {
  let waiting = 0
  let handled: Promise<void> = Promise.resolve()
  const handle = async (item: FeedItem): Promise<void> => {
    if (options.signal.aborted || item.n <= (progress.last ?? -1)) return
    await options.onItem(item)
    progress.last = item.n
    progress.failures = 0
  }
  return {
    take(item: FeedItem): void {
      waiting += 1
      if (waiting > MAX_WAITING) socket.pause()
      handled = handled.then(() => handle(item))
      handled.then(
        () => {
          waiting -= 1
          if (waiting <= MAX_WAITING / 2 && socket.isPaused) socket.resume()
        },
        () => socket.terminate(),
      )
    },
    /** Rejects with the failure of `onItem`. */
    finished: () => handled,
  }
}

/** One WebSocket, until it ends. Throws what cannot be cured by another one. */
const connectOnce = async (options: FollowOptions, progress: Progress): Promise<void> => {
  const url = new URL('/v1/live', options.url.replace(/^http/, 'ws'))
  if (progress.last !== undefined) url.searchParams.set('after', String(progress.last))
  const headers = await headersOf(options.token, 'GET', new URL('/v1/live', options.url).href)
  const socket = new WebSocket(url, { headers, handshakeTimeout: 10_000, maxPayload: 1_048_576 })
  const intake = createIntake(options, progress, socket)
  const silence = setTimeout(() => socket.terminate(), SILENCE_MS)
  const stop = (): void => socket.terminate()
  options.signal.addEventListener('abort', stop, { once: true })
  let final: HubError | null = null

  socket.on('ping', () => silence.refresh())
  socket.on('message', (data: Buffer) => {
    silence.refresh()
    const frame = JSON.parse(data.toString('utf8')) as FeedItem | LiveHello | LiveSeen
    if (frame.type === 'seen') return options.onSeen?.(frame.up_to)
    if (frame.type !== 'hello') return intake.take(frame)
    progress.last ??= frame.head
    options.onHello?.(frame.head)
  })
  socket.on('unexpected-response', (_request, response) => {
    const status = response.statusCode ?? 0
    if (FINAL_STATUSES.includes(status)) final = new HubError(status, { code: 'live_refused' })
    response.resume()
    socket.terminate()
  })
  // 'close' always follows and decides.
  socket.on('error', () => {})
  await new Promise<void>((resolve) => {
    socket.on('close', (code, reason) => {
      if (FINAL_CODES.includes(code)) {
        final = new HubError(400, { code: 'live_refused', detail: reason.toString('utf8') })
      }
      resolve()
    })
    if (options.signal.aborted) stop()
  })
  clearTimeout(silence)
  options.signal.removeEventListener('abort', stop)
  await intake.finished()
  if (final !== null) throw final
}

/** No token because nobody was there to give one. */
const isHubAway = (error: unknown): boolean =>
  error instanceof TokenError && (error.status === null || error.status >= 500)

/**
 * Follows an agency's feed until the signal, over as many connections as it takes: each resumes
 * behind the last item that `onItem` handled, so that every item is handled once and in order.
 * @throws HubError or TokenError when the hub refuses for good; whatever `onItem` throws
 */
export const followFeed = async (options: FollowOptions): Promise<void> => {
  const { signal } = options
  const progress: Progress = { last: options.after, failures: 0 }
  const connect = options.over === 'events' ? readEvents : connectOnce
  while (!signal.aborted) {
    try {
      await connect(options, progress)
    } catch (error) {
      if (!isHubAway(error)) throw error
    }
    if (signal.aborted) return
    const retryMs = Math.min(FIRST_RETRY_MS * 2 ** progress.failures, LAST_RETRY_MS)
    progress.failures += 1
    await pause(retryMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
  }
}
