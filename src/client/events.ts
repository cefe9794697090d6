import type { FeedItem } from '../contracts/events.ts'
import { LIVE_CLOSE, type LiveHello, type LiveSeen } from '../contracts/feed.ts'
import { HubError } from './http.ts'
import type { FollowOptions, Progress } from './live.ts'
import { headersOf } from './token.ts'

/** The hub writes a comment every 25 seconds. */
const SILENCE_MS = 60_000
export const FINAL_STATUSES: readonly number[] = [400, 403, 404]

interface Block {
  readonly event: string
  readonly data: string
}

/** Events of a stream (HTML standard, server-sent events), as far as the hub writes them. */
async function* blocksOf(
  body: AsyncIterable<Uint8Array>,
  awake: () => void,
): AsyncGenerator<Block> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    awake()
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      if (data !== undefined) yield { event: field('event') ?? 'message', data }
    }
  }
}

const open = async (options: FollowOptions, after: number | undefined, signal: AbortSignal) => {
  const url = new URL('/v1/events', options.url).href
  const own = await headersOf(options.token, 'GET', url)
  const headers = {
    ...own,
    accept: 'text/event-stream',
    ...(after === undefined ? {} : { 'last-event-id': String(after) }),
  }
  const response = await fetch(url, { headers, redirect: 'error', signal })
  if (response.status === 200 && response.body !== null) {
    return response.body as unknown as AsyncIterable<Uint8Array>
  }
  await response.body?.cancel()
  if (!FINAL_STATUSES.includes(response.status)) return null
  throw new HubError(response.status, { code: 'live_refused' })
}

/** One event stream, until it ends. The next item is read when the last one was handled. */
export const readEvents = async (options: FollowOptions, progress: Progress): Promise<void> => {
  const halt = new AbortController()
  let isHandling = false
  const silence = setTimeout(() => {
    // Work on an item may take longer than the hub is silent.
    if (isHandling) silence.refresh()
    else halt.abort()
  }, SILENCE_MS)
  const signal = AbortSignal.any([options.signal, halt.signal])
  const handle = async ({ event, data }: Block): Promise<void> => {
    const frame = JSON.parse(data) as FeedItem | LiveHello | LiveSeen | { code: number }
    if (event === 'close' && 'code' in frame && frame.code === LIVE_CLOSE.badAfter) {
      throw new HubError(400, { code: 'live_refused' })
    }
    if (!('type' in frame)) return
    if (frame.type === 'seen') return options.onSeen?.(frame.up_to)
    if (frame.type === 'hello') {
      progress.last ??= frame.head
      return options.onHello?.(frame.head)
    }
    if (options.signal.aborted || frame.n <= (progress.last ?? -1)) return
    isHandling = true
    await options.onItem(frame)
    isHandling = false
    progress.last = frame.n
    progress.failures = 0
  }
  let failure: unknown = null
  try {
    const body = await open(options, progress.last, signal)
    if (body === null) return
    for await (const block of blocksOf(body, () => silence.refresh())) {
      await handle(block).catch((error: unknown) => {
        failure = error
        halt.abort()
        throw error
      })
    }
  } catch (error) {
    // A lost connection is made again; what the caller's own work threw is the caller's.
    if (failure !== null || error instanceof HubError) throw error
    if (!(error instanceof TypeError) && !signal.aborted) throw error
  } finally {
    clearTimeout(silence)
    halt.abort()
  }
}
