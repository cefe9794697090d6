import { once } from 'node:events'
import { pino } from 'pino'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { createFollower } from '../services/notifications/follower.ts'
import { startHeartbeat } from '../services/notifications/heartbeat.ts'
import { socketLine } from '../services/notifications/line.ts'
import type { FeedItem } from '../src/contracts/events.ts'
import { LIVE_CLOSE } from '../src/contracts/feed.ts'
import { newId } from '../src/id.ts'
import type { Teardown } from './helpers/run.ts'
import { until } from './helpers/until.ts'

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** A WebSocket server of the test's own. */
const serveSockets = async (t: Teardown, accept: (socket: WebSocket) => void): Promise<string> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.teardown(() => server.close())
  server.on('connection', accept)
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}`
}

const itemOf = (n: number): FeedItem => {
  const [id, at] = [newId(), new Date().toISOString()]
  return {
    n,
    type: 'referrals.referral.sent.v1',
    id,
    at,
    outcome: 'ok',
    agency: null,
    object: null,
    data: {},
  }
}

t.test('a follower takes only what joins on to its last number', async (t) => {
  const stretch = (from: number, to: number) => ({
    from,
    to,
    items: oneTo(to).slice(from).map(itemOf),
  })
  const url = await serveSockets(t, (socket) => {
    const follower = createFollower(socketLine(socket), 2, () => {})
    for (const [from, to] of [
      [4, 5],
      [3, 6],
      [0, 2],
      [0, 4],
      [3, 4],
      [2, 5],
      [7, 8],
      [5, 7],
    ] as const) {
      follower.offer(stretch(from, to))
    }
    socket.close(1000, String(follower.last))
  })
  const socket = new WebSocket(url)
  const numbers: number[] = []
  socket.on('message', (data) => numbers.push(JSON.parse(String(data)).n))
  const [, reason] = await once(socket, 'close')
  t.same(numbers, [3, 4, 5, 6, 7])
  t.equal(String(reason), '7')
})

t.test('the heart beats: a silent client is cut off, a signed-out one told', async (t) => {
  let isAllowed = true
  const url = await serveSockets(t, (socket) => {
    startHeartbeat(
      { line: socketLine(socket), mayFollow: async () => isAllowed },
      pino({ level: 'silent' }),
      50,
    )
  })
  const connect = (autoPong: boolean) => {
    const socket = new WebSocket(url, { autoPong })
    let pings = 0
    socket.on('ping', () => {
      pings += 1
    })
    const ended = once(socket, 'close').then(([code]) => code as number)
    return { ended, pings: () => pings }
  }
  const [answering, silent] = [connect(true), connect(false)]
  t.equal(await silent.ended, 1006)
  await until(() => answering.pings() > 3, { what: 'heartbeats' })
  isAllowed = false
  t.equal(await answering.ended, LIVE_CLOSE.signInAgain)
})
