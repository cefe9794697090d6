import type { WebSocket } from 'ws'
import { LIVE_CLOSE } from '../../src/contracts/feed.ts'
import type { Context } from '../../src/service.ts'

const HEARTBEAT_MS = 25_000

export interface Beating {
  readonly socket: WebSocket
  /** Whether whoever opened the socket may still follow; asked again at every heartbeat. */
  readonly mayFollow: () => Promise<boolean>
}

/**
 * Pings until the socket closes. Ends a socket that did not answer the last ping, and one whose
 * token has expired, whose session is over or whose role was taken away.
 */
export const startHeartbeat = (
  { socket, mayFollow }: Beating,
  log: Pick<Context['log'], 'warn'>,
  everyMs = HEARTBEAT_MS,
): void => {
  let isAlive = true
  const beat = async (): Promise<void> => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
    if (!(await mayFollow())) socket.close(LIVE_CLOSE.signInAgain, 'sign in again')
  }
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.warn({ err: error }, 'heartbeat failed'))
  }, everyMs)
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('close', () => clearInterval(timer))
}
