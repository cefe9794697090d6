// Goal: the feed over event streams, what was seen on other devices, and clients that misbehave.
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import { WebSocket } from 'ws'
import type { Actor } from '../../src/actor.ts'
import { createClient } from '../../src/client/http.ts'
import { followFeed } from '../../src/client/live.ts'
import { LIVE_CLOSE } from '../../src/contracts/feed.ts'
import { callAs, personOf, tokenFor } from '../helpers/actors.ts'
import { officeOf, startTelling } from '../helpers/notices.ts'
import { until } from '../helpers/until.ts'

const lines: string[] = []
const log = pino(
  { level: 'debug' },
  new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  }),
)
const { hub, journal } = await startTelling(t, log)
const SENT = 'referrals.referral.sent.v1'

interface Frame {
  readonly event: string
  readonly id: string | null
  readonly data: { n?: number; head?: number; code?: number; up_to?: number }
}

/** An event stream as a browser reads it. */
const openStream = async (actor: Actor, query: string, headers: Record<string, string> = {}) => {
  const halt = new AbortController()
  const response = await fetch(`${hub.url}/v1/events${query}`, {
    headers: { authorization: `Bearer ${await tokenFor(hub, actor)}`, ...headers },
    signal: halt.signal,
  })
  const frames: Frame[] = []
  const read = async (): Promise<void> => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null
        const data = field('data')
        if (data === null) continue
        frames.push({ event: field('event') ?? 'message', id: field('id'), data: JSON.parse(data) })
      }
    }
  }
  const ended = response.ok ? read().catch(() => {}) : Promise.resolve()
  return { response, frames, ended, close: () => halt.abort() }
}

t.test('an event stream resumes by the number of the last event', async (t) => {
  const office = officeOf()
  for (let n = 0; n < 5; n += 1) await journal(SENT, [office.id])
  const first = await openStream(office.worker, '?after=0')
  t.match(first.response.headers.get('content-type'), 'text/event-stream')
  await until(() => first.frames.length === 6, { what: 'a hello and five items' })
  t.equal(first.frames[0]?.event, 'hello')
  t.same(
    first.frames.slice(1).map(({ id }) => id),
    ['1', '2', '3', '4', '5'],
  )
  first.close()
  for (let n = 0; n < 3; n += 1) await journal(SENT, [office.id])
  const next = await openStream(office.worker, '?after=0', { 'last-event-id': '5' })
  await until(() => next.frames.length === 4, { what: 'the rest' })
  t.same(
    next.frames.slice(1).map(({ data }) => data.n),
    [6, 7, 8],
  )
  next.close()
})

t.test('a number beyond the end is refused, however it is asked', async (t) => {
  const office = officeOf()
  await journal(SENT, [office.id])
  const call = await callAs(hub, office.worker)
  await until(async () => (await call('GET', '/v1/feed?after=0')).body.items.length === 1, {
    what: 'the ledger',
  })
  t.match(await call('GET', '/v1/feed?after=1'), { status: 200, body: { items: [], next: null } })
  t.match(await call('GET', '/v1/feed?after=2'), {
    status: 400,
    body: { code: 'after_beyond_end' },
  })
  t.equal((await openStream(office.worker, '?after=2')).response.status, 400)
  t.equal((await openStream(office.worker, '?after=x')).response.status, 400)
  const authorization = `Bearer ${await tokenFor(hub, office.worker)}`
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/v1/live?after=2`, {
    headers: { authorization },
  })
  const [code] = await once(socket, 'close')
  t.equal(code, LIVE_CLOSE.badAfter)
})

t.test('what one device has seen, the others of the same person learn', async (t) => {
  const office = officeOf()
  for (let n = 0; n < 4; n += 1) await journal(SENT, [office.id])
  const call = await callAs(hub, office.worker)
  const unread = async () => (await call('GET', '/v1/feed/unread')).body
  await until(async () => (await unread()).head === 4, { what: 'the ledger' })
  t.same(await unread(), { head: 4, seen: 0, unread: 4 })
  const colleague = personOf(office.id, 'intake_worker')
  const [phone, other] = [await openStream(office.worker, ''), await openStream(colleague, '')]
  const halt = new AbortController()
  const told: number[] = []
  let isUp = false
  const following = followFeed({
    url: hub.url,
    token: () => tokenFor(hub, office.worker),
    signal: halt.signal,
    onItem: () => {},
    onHello: () => {
      isUp = true
    },
    onSeen: (upTo) => told.push(upTo),
  })
  await until(() => isUp && phone.frames.length === 1 && other.frames.length === 1, {
    what: 'three devices',
  })
  const seen = await call('PUT', '/v1/feed/seen', { up_to: 3 })
  t.match(seen, { status: 200, body: { head: 4, seen: 3, unread: 1 } })
  await until(() => told.length === 1 && phone.frames.length === 2, { what: 'the other devices' })
  t.match(phone.frames[1], { event: 'seen', data: { up_to: 3 } })
  t.same(told, [3])
  const back = await call('PUT', '/v1/feed/seen', { up_to: 1 })
  t.match(back, { body: { seen: 3 } }, 'never back')
  t.match(await call('PUT', '/v1/feed/seen', { up_to: 99 }), { body: { code: 'after_beyond_end' } })
  const theirs = await callAs(hub, colleague)
  t.match(await theirs('GET', '/v1/feed/unread'), { body: { seen: 0, unread: 4 } })
  t.equal(other.frames.length, 1, 'a colleague is not told')
  halt.abort()
  await following
  phone.close()
  other.close()
})

t.test('a frame that is too long closes its socket and is no error of the hub', async (t) => {
  const office = officeOf()
  const authorization = `Bearer ${await tokenFor(hub, office.worker)}`
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/v1/live`, {
    headers: { authorization },
  })
  await once(socket, 'message')
  lines.length = 0
  socket.send('x'.repeat(5_000))
  const [code] = await once(socket, 'close')
  t.equal(code, 1009)
  await until(() => lines.some((line) => line.includes('broken by its client')), { what: 'a line' })
  t.notMatch(lines.join(''), /stack|"level":50/)
})

t.test('a hub that stops tells its event streams', async (t) => {
  const office = officeOf()
  const client = createClient({ baseUrl: hub.url, token: () => tokenFor(hub, office.worker) })
  t.match(await client.get('/v1/feed/unread'), { head: 0 })
  const stream = await openStream(office.worker, '')
  await until(() => stream.frames.length === 1, { what: 'a hello' })
  await hub.close()
  await stream.ended
  t.match(stream.frames[1], { event: 'close', data: { code: LIVE_CLOSE.restart } })
})
