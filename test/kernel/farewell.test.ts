// Goal: a hub stops at once while connections are open that ask nothing. Method: raw connections in each
// such state, within less than the minute that Node would wait.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { startHub } from '../helpers/hub.ts'

t.setTimeout(30_000)
const hub = await startHub(t, { services: [cases] })
const open = async (text: string): Promise<{ socket: Socket; said: () => string }> => {
  const socket = connect(hub.config.port, '127.0.0.1')
  await once(socket, 'connect')
  let heard = ''
  socket.setEncoding('utf8').on('data', (part: string) => (heard += part))
  socket.on('error', () => {})
  if (text !== '') socket.write(text)
  return { socket, said: () => heard }
}

t.test('connections are let go', async (t) => {
  const silent = await open('')
  const halfHead = await open('GET /health/live HTTP/1.1\r\nHost: ti')
  const kept = await open('GET /health/live HTTP/1.1\r\nHost: titian\r\n\r\n')
  await once(kept.socket, 'data')
  const halfNext = await open('GET /health/live HTTP/1.1\r\nHost: titian\r\n\r\n')
  await once(halfNext.socket, 'data')
  halfNext.socket.write('GET /health/live HTTP/1.1\r\nHo')
  const ends = [silent, halfHead, kept, halfNext].map(
    ({ socket }) => new Promise<void>((done) => void socket.once('close', () => done())),
  )
  await hub.close()
  await Promise.all(ends)
  t.match(kept.said(), /^HTTP\/1\.1 200 /)
  t.same([silent.said(), halfHead.said()], ['', ''])
})
