import { once } from 'node:events'
import postgres from 'postgres'
import { pino } from 'pino'
import t from 'tap'
import { WebSocket } from 'ws'
import { audit } from '../services/audit/service.ts'
import { notifications } from '../services/notifications/service.ts'
import { connectBus } from '../src/bus.ts'
import { createClient } from '../src/client/http.ts'
import { followFeed } from '../src/client/live.ts'
import type { FeedItem } from '../src/contracts/events.ts'
import { LIVE_CLOSE, type FeedPage } from '../src/contracts/feed.ts'
import { newId } from '../src/id.ts'
import { startHub, type TestHub } from './helpers/hub.ts'
import { startOwnNats } from './helpers/own-nats.ts'
import type { Teardown } from './helpers/run.ts'
import { personToken } from './helpers/token.ts'
import { until } from './helpers/until.ts'

const SERVICES = [notifications, audit]
const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const numbersOf = (items: readonly FeedItem[]): number[] => items.map(({ n }) => n)

/** Puts entries on the journal, as services do, and wakes the ledger. */
const createJournal = async (t: Teardown, hub: TestHub) => {
  const sql = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
  const bus = await connectBus({ url: hub.natsUrl, log: pino({ level: 'silent' }) })
  t.teardown(async () => {
    await bus.close()
    await sql.end()
  })
  return {
    sql,
    write: async (agencies: readonly string[], count: number): Promise<void> => {
      await sql`
        insert into journal.entry (type, actor, concerned, object)
        select 'referrals.referral.sent.v1', 'hub', ${`{${agencies.join(',')}}`}::uuid[],
               journal.new_id()
          from generate_series(1, ${count})`
      bus.wake('ledger')
    },
  }
}

const tokenOf = (hub: TestHub, agency: string) =>
  personToken(hub, { id: newId(), agency, roles: ['intake_worker'] })

/** A bare socket that notes its frames and how it ended. */
const openSocket = async (hub: TestHub, query: string, agency: string) => {
  const url = `${hub.url.replace('http', 'ws')}/v1/live${query}`
  const headers = { authorization: `Bearer ${await tokenOf(hub, agency)}` }
  const socket = new WebSocket(url, { headers })
  const frames: (FeedItem | { type: 'hello'; head: number })[] = []
  const ended = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }))
  })
  socket.on('message', (data) => frames.push(JSON.parse(String(data))))
  socket.on('error', () => {})
  return { socket, frames, ended }
}

const statusOfUpgrade = async (hub: TestHub, headers: Record<string, string>): Promise<number> => {
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/v1/live`, { headers })
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  socket.terminate()
  return response.statusCode
}

t.test('a connection that breaks twenty times misses nothing and repeats nothing', async (t) => {
  const hub = await startHub(t, { services: SERVICES })
  const journal = await createJournal(t, hub)
  const agency = newId()
  const halt = new AbortController()
  const items: FeedItem[] = []
  let connections = 0
  const following = followFeed({
    url: hub.url,
    token: () => tokenOf(hub, agency),
    after: 0,
    signal: halt.signal,
    onHello: () => {
      connections += 1
    },
    onItem: (item) => {
      items.push(item)
    },
  })
  for (let drops = 0; drops < 20; drops += 1) {
    await until(() => connections === drops + 1, { what: 'a connection' })
    await journal.write([agency], 25)
    await until(() => items.length > 25 * drops + drops, { what: 'some of the items' })
    // Without a closing handshake, as a lost network does.
    for (const socket of hub.app.websocketServer.clients) socket.terminate()
  }
  await until(() => items.length >= 500, { what: '500 items' })
  await until(() => connections === 21, { what: 'the last connection' })
  halt.abort()
  await following
  t.same(numbersOf(items), oneTo(500))
  t.same(Object.keys(items[0] ?? {}), [
    'n',
    'type',
    'id',
    'at',
    'outcome',
    'agency',
    'object',
    'data',
  ])
})

t.test('the feed by pages is the same feed', async (t) => {
  const hub = await startHub(t, { services: SERVICES })
  const journal = await createJournal(t, hub)
  const agency = newId()
  await journal.write([agency], 25)
  const client = createClient({ baseUrl: hub.url, token: () => tokenOf(hub, agency) })
  const read = (query: string) => client.get<FeedPage>(`/v1/feed${query}`)
  await until(async () => (await read('?after=24')).items.length === 1, { what: 'the ledger' })
  const numbers: number[] = []
  for (let next: string | null = '0'; next !== null;) {
    const page: FeedPage = await read(`?after=${next}&limit=10`)
    numbers.push(...page.items.map(({ n }) => n))
    next = page.next
  }
  t.same(numbers, oneTo(25))
  await t.rejects(read('?after=-1'), { code: 'invalid_request' })
  await t.rejects(read('?limit=501'), { code: 'invalid_request' })
})

t.test('each agency hears of what concerns it, and of nothing else', async (t) => {
  const hub = await startHub(t, { services: SERVICES })
  const journal = await createJournal(t, hub)
  const [one, two] = [newId(), newId()]
  const [first, second] = [await openSocket(hub, '?after=0', one), await openSocket(hub, '', two)]
  await until(() => first.frames.length === 1 && second.frames.length === 1, { what: 'two hellos' })
  t.same(first.frames, [{ type: 'hello', head: 0 }])
  await journal.write([one], 3)
  await journal.write([one, two], 2)
  await until(() => first.frames.length === 6 && second.frames.length === 3, { what: 'the items' })
  const itemsOf = (frames: typeof first.frames) => frames.slice(1) as FeedItem[]
  t.same(numbersOf(itemsOf(first.frames)), oneTo(5))
  t.same(numbersOf(itemsOf(second.frames)), oneTo(2))
  t.same(
    itemsOf(second.frames).map(({ id }) => id),
    itemsOf(first.frames)
      .slice(3)
      .map(({ id }) => id),
  )
  first.socket.terminate()
  second.socket.terminate()
})

t.test('who may not follow is refused before the connection is made', async (t) => {
  const hub = await startHub(t, { services: SERVICES })
  const other = await startHub(t, { services: [] })
  const agency = newId()
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  t.equal(await statusOfUpgrade(hub, {}), 401)
  t.equal(await statusOfUpgrade(hub, bearer('no.such.token')), 401)
  t.equal(await statusOfUpgrade(hub, bearer(await tokenOf(other, agency))), 401)
  const reviewer = await personToken(hub, { id: newId(), agency, roles: ['reviewer'] })
  t.equal(await statusOfUpgrade(hub, bearer(reviewer)), 403)
  const administrator = { id: newId(), agency: null, roles: ['hub_administrator'] } as const
  t.equal(await statusOfUpgrade(hub, bearer(await personToken(hub, administrator))), 403)
  const { statusCode } = await hub.app.inject({ url: '/v1/feed' })
  t.equal(statusCode, 401)
})

t.test('a number that no feed has closes the connection for good', async (t) => {
  const hub = await startHub(t, { services: SERVICES })
  const agency = newId()
  for (const after of ['x', '-1', '1.5', '7']) {
    const { ended } = await openSocket(hub, `?after=${after}`, agency)
    t.equal((await ended).code, LIVE_CLOSE.badAfter)
  }
  const following = followFeed({
    url: hub.url,
    token: () => tokenOf(hub, agency),
    after: 7,
    signal: new AbortController().signal,
    onItem: () => {},
  })
  await t.rejects(following, { code: 'live_refused' })
})

t.test('a client that does not read is closed, and resumes where it was', async (t) => {
  const hub = await startHub(t, { services: SERVICES })
  const journal = await createJournal(t, hub)
  const [agency, quick] = [newId(), newId()]
  const headers = { authorization: `Bearer ${await tokenOf(hub, agency)}` }
  // In memory, so that no buffer of the operating system hides that nobody reads.
  const slow = await hub.app.injectWS('/v1/live?after=0', { headers })
  const received: number[] = []
  slow.on('message', (data: Buffer) => {
    const frame = JSON.parse(String(data))
    if (frame.type !== 'hello') received.push(frame.n)
  })
  const ended = once(slow, 'close')
  slow.pause()
  const other = await openSocket(hub, '?after=0', quick)
  await until(() => other.frames.length === 1, { what: 'a hello' })
  await journal.write([agency, quick], 2000)
  await until(() => other.frames.length === 2001, { what: 'the quick client', timeoutMs: 20_000 })
  const buffered = () =>
    Math.max(...[...hub.app.websocketServer.clients].map((each) => each.bufferedAmount))
  t.ok(buffered() < 200_000, `${buffered()} bytes wait for the slow client`)
  await until(
    () => [...hub.app.websocketServer.clients].some((each) => each.readyState === each.CLOSING),
    {
      what: 'the hub to give up',
      timeoutMs: 20_000,
    },
  )
  slow.resume()
  const [code, reason] = await ended
  t.equal(code, LIVE_CLOSE.tooSlow)
  const last = Number(/^resume after (\d+)$/.exec(String(reason))?.[1])
  t.same(received, oneTo(last))
  const resumed = await openSocket(hub, `?after=${last}`, agency)
  await until(() => resumed.frames.length === 1 + 2000 - last, { what: 'the rest' })
  t.same(numbersOf(resumed.frames.slice(1) as FeedItem[]), oneTo(2000).slice(last))
  resumed.socket.terminate()
  other.socket.terminate()
})

t.test('without NATS the feed arrives by the sweep', async (t) => {
  const nats = await startOwnNats()
  t.teardown(() => nats.end())
  const base = await startHub(t, { services: [] })
  const hub = await startHub(t, { services: SERVICES, like: { ...base, natsUrl: nats.url } })
  const journal = await createJournal(t, hub)
  const agency = newId()
  const { socket, frames } = await openSocket(hub, '?after=0', agency)
  await journal.write([agency], 2)
  await until(() => frames.length === 3, { what: 'items over NATS' })
  await nats.stop()
  await journal.write([agency], 3)
  await until(() => frames.length === 6, { what: 'items without NATS', timeoutMs: 15_000 })
  await nats.start()
  await journal.write([agency], 3)
  await until(() => frames.length === 9, { what: 'items over NATS again', timeoutMs: 15_000 })
  t.same(numbersOf(frames.slice(1) as FeedItem[]), oneTo(8))
  socket.terminate()
})

t.test('a hub that stops says that it comes back', async (t) => {
  const hub = await startHub(t, { services: SERVICES })
  const { frames, ended } = await openSocket(hub, '', newId())
  await until(() => frames.length === 1, { what: 'a hello' })
  await hub.close()
  t.equal((await ended).code, LIVE_CLOSE.restart)
})
