import { connect } from 'node:net'
import { LOOPBACK } from './port.ts'

export const GREETING_MISSING = 'no server there'
const TIMEOUT_MS = 2_000

/**
 * Says CONNECT and PING in the NATS client protocol and gives the first answer: 'PONG', the text of
 * the server's error, or GREETING_MISSING when nothing that speaks NATS listens there.
 */
export function answerTo(
  port: number,
  credentials: { user?: string; pass?: string },
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port })
    let received = ''
    let greeted = false
    const finish = (answer: string) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(TIMEOUT_MS, () => finish(GREETING_MISSING))
    socket.on('error', () => finish(GREETING_MISSING))
    socket.on('close', () => finish(greeted ? 'closed without an answer' : GREETING_MISSING))
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      if (!greeted && received.startsWith('INFO ') && received.includes('\r\n')) {
        greeted = true
        const options = {
          verbose: false,
          pedantic: false,
          lang: 'titian',
          version: '0',
          ...credentials,
        }
        socket.write(`CONNECT ${JSON.stringify(options)}\r\nPING\r\n`)
      }
      const answer = /\r\n(?:(PONG)|-ERR '(.*)')\r\n/.exec(received)
      if (answer) finish(answer[1] ?? answer[2] ?? '')
    })
  })
}
