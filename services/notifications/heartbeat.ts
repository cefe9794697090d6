import { LIVE_CLOSE } from '../../src/contracts/feed.ts'
import type { Context } from '../../src/service.ts'
import type { Line } from './line.ts'

const HEARTBEAT_MS = 25_000

export interface Beating {
  readonly line: Line
  /** Whether whoever opened the line may still follow; asked again while it is open. */
  readonly mayFollow: () => Promise<boolean>
}

/**
 * Pings until the socket closes. Ends a socket that did not answer the last ping, and one whose
 * token has expired, whose session is over or whose role was taken away.
 */
export const startHeartbeat = (
  { line, mayFollow }: Beating,
  log: Pick<Context['log'], 'warn'>,
  everyMs = HEARTBEAT_MS,
): void => {
  let isAlive = true
  const beat = async (): Promise<void> => {
    if (!isAlive) return line.cut()
    isAlive = false
    line.probe(() => {
      isAlive = true
    })
    if (!(await mayFollow())) line.close(LIVE_CLOSE.signInAgain, 'sign in again')
  }
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.warn({ err: error }, 'heartbeat failed'))
  }, everyMs)
  line.onClose(() => clearInterval(timer))
}
