import type { ServerResponse } from 'node:http'
import type { WebSocket } from 'ws'

/** What a follower writes to: a WebSocket, or an answer that never ends (Server-Sent Events). */
export interface Line {
  readonly isOpen: boolean
  /** Bytes that were handed over and have not left. */
  readonly bufferedBytes: number
  /** `mark` is an item's number, or the kind of another frame; `sent` is called when it has left. */
  send(text: string, mark: number | 'hello' | 'seen', sent?: () => void): void
  close(code: number, reason: string): void
  /** Ends it without a farewell. */
  cut(): void
  /** Asks whether the other side is there; `answered` is called when that shows. */
  probe(answered: () => void): void
  onClose(work: () => void): void
}

export const socketLine = (socket: WebSocket): Line => ({
  get isOpen() {
    return socket.readyState === socket.OPEN
  },
  get bufferedBytes() {
    return socket.bufferedAmount
  },
  send: (text, _mark, sent) => (sent === undefined ? socket.send(text) : socket.send(text, sent)),
  close: (code, reason) => socket.close(code, reason),
  cut: () => socket.terminate(),
  probe: (answered) => {
    socket.once('pong', answered)
    socket.ping()
  },
  onClose: (work) => void socket.on('close', work),
})

/** The event stream of an answer whose head is written already. */
export const streamLine = (answer: ServerResponse): Line => ({
  get isOpen() {
    return !answer.writableEnded && !answer.destroyed
  },
  get bufferedBytes() {
    return answer.writableLength
  },
  send: (text, mark, sent) => {
    const head = typeof mark === 'number' ? `id: ${mark}\n` : `event: ${mark}\n`
    answer.write(`${head}data: ${text}\n\n`, () => sent?.())
  },
  close: (code, reason) => {
    if (answer.writableEnded) return
    answer.end(`event: close\ndata: ${JSON.stringify({ code, reason })}\n\n`)
  },
  cut: () => answer.destroy(),
  // A comment; that it leaves is all that shows.
  probe: (answered) => void answer.write(': \n\n', () => answered()),
  onClose: (work) => void answer.on('close', work),
})
