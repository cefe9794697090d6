import { WebSocket } from 'ws'
import type { FeedItem } from '../src/contracts/events.ts'
import type { LiveHello, LiveSeen } from '../src/contracts/feed.ts'

/** One client of the live feed that is cut off now and then and resumes where it was. */
export interface Member {
  readonly agency: string
  /** What it has, in the order in which it came. */
  readonly numbers: number[]
  readonly drops: () => number
  /** Cuts the connection, without a farewell. */
  drop(): void
  stop(): void
}

export interface MemberOptions {
  readonly url: string
  readonly agency: string
  readonly token: string
  /** Reads this many items a second at most; absent: as they come. */
  readonly itemsPerSecond?: number
  readonly onItem?: (item: FeedItem, at: number) => void
}

const RESUME_MS = 20

/**
 * Follows a feed from its beginning with bare sockets, so that what the hub sends is seen as it is:
 * a number that comes twice or out of order stays in `numbers`.
 */
export const join = (options: MemberOptions): Member => {
  const { url, agency, token, itemsPerSecond, onItem } = options
  const numbers: number[] = []
  let socket: WebSocket | null = null
  let drops = 0
  let isStopped = false

  const slowDown = (current: WebSocket): void => {
    if (itemsPerSecond === undefined || current.isPaused) return
    current.pause()
    setTimeout(() => current.resume(), 1000 / itemsPerSecond)
  }

  const open = (): void => {
    if (isStopped) return
    const from = `${url.replace('http', 'ws')}/v1/live?after=${numbers.at(-1) ?? 0}`
    const current = new WebSocket(from, { headers: { authorization: `Bearer ${token}` } })
    socket = current
    current.on('message', (data: Buffer) => {
      // What was on its way when the connection was cut is not had.
      if (socket !== current) return
      const frame = JSON.parse(data.toString('utf8')) as FeedItem | LiveHello | LiveSeen
      if (frame.type === 'hello' || frame.type === 'seen') return
      numbers.push(frame.n)
      onItem?.(frame, performance.now())
      slowDown(current)
    })
    current.on('error', () => {})
    current.on('close', () => {
      if (socket === current) socket = null
      setTimeout(open, RESUME_MS)
    })
  }
  open()

  return {
    agency,
    numbers,
    drops: () => drops,
    drop: () => {
      if (socket === null) return
      drops += 1
      const cut = socket
      socket = null
      cut.terminate()
    },
    stop: () => {
      isStopped = true
      socket?.terminate()
    },
  }
}

/** What is wrong with what a member has; null when it is exactly 1..n. */
export const faultOf = ({ numbers }: Member, n: number): string | null => {
  const at = numbers.findIndex((number, index) => number !== index + 1)
  if (at >= 0) return `${numbers[at]} where ${at + 1} was due`
  return numbers.length === n ? null : `${numbers.length} of ${n}`
}
