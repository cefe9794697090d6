import { connect, type NatsConnection } from 'nats'
import { pino } from 'pino'
import t from 'tap'
import {
  connectBus,
  type Bus,
  type BusOptions,
  type HubMessage,
  type StreamMessage,
} from '../src/bus.ts'
import { newId } from '../src/id.ts'
import { startOwnNats, type OwnNats } from './helpers/own-nats.ts'
import type { Teardown } from './helpers/run.ts'
import { until } from './helpers/until.ts'

const log = pino({ level: 'silent' })
const SUBJECT = 'hub.referrals.referral.sent.v1'

const hubMessage = (position: number, object = newId()): StreamMessage => {
  const entry = newId()
  const body: HubMessage = {
    position,
    entry,
    type: 'referrals.referral.sent.v1',
    at: new Date().toISOString(),
    outcome: 'ok',
    agency: null,
    subject: null,
    object,
    purpose: null,
    reason: null,
    data: {},
  }
  return { stream: 'HUB', subject: SUBJECT, id: entry, position, body }
}

const hubMessages = (count: number, from = 0): StreamMessage[] =>
  Array.from({ length: count }, (_, index) => hubMessage(from + index))

/** What a stream holds, read without our own code. */
const stored = async (nc: NatsConnection, stream: string): Promise<string[]> => {
  const jsm = await nc.jetstreamManager()
  const { state } = await jsm.streams.info(stream)
  const sequences = Array.from({ length: state.messages }, (_, index) => state.first_seq + index)
  const read = async (seq: number) =>
    (await jsm.streams.getMessage(stream, { seq })).header.get('Nats-Msg-Id')
  return await Promise.all(sequences.map(read))
}

const idsOf = (messages: readonly StreamMessage[]): string[] => messages.map(({ id }) => id)

/** As the ledger does: publishes, and after a failure goes on from where the stream ends. */
const relay = async (bus: Bus, messages: readonly StreamMessage[]): Promise<number> => {
  let failures = 0
  for (let from = 0; from < messages.length;) {
    try {
      await bus.publish(messages.slice(from, from + 200))
      from += 200
    } catch {
      failures += 1
      const tail = await until(() => bus.tail('HUB'), { what: 'the tail' })
      from =
        tail.position === null ? 0 : messages.findIndex((m) => m.position === tail.position) + 1
    }
  }
  return failures
}

const consumeInto = (bus: Bus, name: string, heard: Map<string, number>) =>
  bus.consume({ name, subject: 'hub.referrals.>' }, async ({ entry }) => {
    heard.set(entry, (heard.get(entry) ?? 0) + 1)
  })

const fresh = async (t: Teardown, nats: OwnNats, options: Partial<BusOptions> = {}) => {
  await nats.loseStore()
  const bus = await connectBus({ url: nats.url, log, ...options })
  const { username: user, password: pass, host } = new URL(nats.url)
  const raw = await connect({
    servers: host,
    user,
    pass,
    reconnectTimeWait: 100,
    maxReconnectAttempts: -1,
  })
  t.teardown(async () => {
    await bus.close()
    await raw.close()
  })
  return { bus, raw }
}

t.test('the bus', async (t) => {
  const nats = await startOwnNats()
  t.teardown(() => nats.end())

  t.test('keeps order, tells the tail, stores a message once', async (t) => {
    const { bus, raw } = await fresh(t, nats)
    t.same(await bus.tail('HUB'), { position: null })
    const messages = hubMessages(600)
    await bus.publish(messages)
    t.same(await bus.tail('HUB'), { position: 599 })
    await bus.publish(messages.slice(590))
    await bus.publish(messages.slice(100, 110))
    await bus.publish([...messages.slice(595), hubMessage(600)])
    const ids = await stored(raw, 'HUB')
    t.equal(ids.length, 601)
    t.same(ids.slice(0, 600), idsOf(messages))
  })

  t.test('two publishers of the same messages store each once', async (t) => {
    const { bus, raw } = await fresh(t, nats)
    const other = await connectBus({ url: nats.url, log })
    t.teardown(() => other.close())
    const messages = hubMessages(1000)
    await Promise.all([relay(bus, messages), relay(other, messages)])
    t.same(await stored(raw, 'HUB'), idsOf(messages))
  })

  t.test('a refused message lets nothing behind it pass, on its own stream alone', async (t) => {
    const { bus, raw } = await fresh(t, nats)
    const messages = hubMessages(6)
    const bad = { ...hubMessage(3), subject: 'nowhere.at.all' }
    const agency = { ...hubMessage(9), stream: 'AGENCY', subject: `agency.${newId()}.x` } as const
    const batch = [...messages.slice(0, 3), bad, ...messages.slice(3), agency]
    await t.rejects(bus.publish(batch))
    t.same(await stored(raw, 'HUB'), idsOf(messages.slice(0, 3)))
    t.same(await stored(raw, 'AGENCY'), [agency.id])
    t.same(await bus.tail('HUB'), { position: 2 })
    await bus.publish(messages)
    t.same(await stored(raw, 'HUB'), idsOf(messages))
  })

  t.test('kills of the server in mid-publish leave no hole and no double', async (t) => {
    const { bus, raw } = await fresh(t, nats)
    const messages = hubMessages(2000)
    let isDone = false
    const published = relay(bus, messages).finally(() => {
      isDone = true
    })
    const position = async () => (await bus.tail('HUB')).position ?? 0
    let kills = 0
    for (; kills < 4 && !isDone; kills += 1) {
      const reached = kills * 400
      await until(async () => isDone || (await position()) > reached, { what: 'progress' })
      nats.kill()
      await until(() => !bus.isUp(), { what: 'the loss of NATS' })
      await until(() => bus.isUp(), { what: 'NATS' })
    }
    const failures = await published
    t.ok(failures > 0, `${kills} kills, ${failures} failed publishes`)
    t.same(await until(() => stored(raw, 'HUB'), { what: 'the stream' }), idsOf(messages))
  })

  t.test('publish rejects while the server is away, and works when it is back', async (t) => {
    const { bus } = await fresh(t, nats)
    await bus.publish(hubMessages(1))
    await nats.stop()
    await until(() => !bus.isUp(), { what: 'the loss of NATS' })
    await t.rejects(bus.publish(hubMessages(1, 1)), { message: 'NATS is not connected' })
    await t.rejects(bus.request('any.subject', {}, 500))
    bus.wake('ledger')
    await nats.start()
    await until(() => bus.isUp(), { what: 'NATS' })
    await until(async () => (await bus.tail('HUB')).position === 0, { what: 'JetStream' })
    await bus.publish(hubMessages(1, 1))
    t.same(await bus.tail('HUB'), { position: 1 })
  })

  t.test('consumers hear everything after a restart and after the store is lost', async (t) => {
    const { bus } = await fresh(t, nats)
    const heard = new Map<string, number>()
    await consumeInto(bus, 'survivor', heard)
    const messages = hubMessages(300)
    await relay(bus, messages.slice(0, 100))
    await until(() => heard.size === 100, { what: '100 messages' })

    nats.kill()
    await until(() => !bus.isUp(), { what: 'the loss of NATS' })
    await until(() => bus.isUp(), { what: 'NATS' })
    await relay(bus, messages.slice(0, 200))
    await until(() => heard.size === 200, { what: '200 messages' })

    heard.clear()
    await nats.loseStore()
    await until(() => bus.isUp(), { what: 'NATS' })
    await until(() => bus.tail('HUB'), { what: 'JetStream' })
    await relay(bus, messages)
    const since = Date.now()
    await until(() => heard.size === 300, { what: '300 messages' })
    t.ok(Date.now() - since < 10_000)
  })

  t.test('a stream deleted under a running server is made again', async (t) => {
    const { bus, raw } = await fresh(t, nats)
    const heard = new Map<string, number>()
    await consumeInto(bus, 'survivor', heard)
    await bus.publish(hubMessages(10))
    await until(() => heard.size === 10, { what: '10 messages' })
    const jsm = await raw.jetstreamManager()
    await jsm.streams.delete('HUB')
    await t.rejects(bus.publish(hubMessages(1, 10)))
    t.same(await bus.tail('HUB'), { position: null })
    await bus.publish(hubMessages(10, 10))
    await until(() => heard.size === 20, { what: '20 messages', timeoutMs: 30_000 })
  })

  t.test('one object in order; other objects do not wait for it', async (t) => {
    const { bus } = await fresh(t, nats)
    const objects = Array.from({ length: 16 }, () => newId())
    const messages = Array.from({ length: 320 }, (_, i) => hubMessage(i, objects[i % 16]))
    const heard: HubMessage[] = []
    await bus.consume({ name: 'in_order', subject: 'hub.>' }, async (message) => {
      heard.push(message)
    })
    await bus.publish(messages)
    await until(() => heard.length === 320, { what: '320 messages' })
    for (const object of objects) {
      const positions = heard.filter((m) => m.object === object).map((m) => m.position)
      t.same(
        positions,
        positions.toSorted((a, b) => a - b),
      )
    }
  })

  t.test('a failed handler is tried again, then the message is a dead letter', async (t) => {
    const lines: string[] = []
    const { bus, raw } = await fresh(t, nats, {
      retryMs: [20, 40],
      log: pino({ level: 'error' }, { write: (line: string) => lines.push(line) }),
    })
    const [passing, failing] = hubMessages(2) as [StreamMessage, StreamMessage]
    const tries = new Map<string, number>()
    await bus.consume({ name: 'moody', subject: 'hub.referrals.referral.>' }, async ({ entry }) => {
      tries.set(entry, (tries.get(entry) ?? 0) + 1)
      if (entry === failing.id || tries.get(entry) === 1) throw new Error('a text with a name')
    })
    await bus.publish([passing, failing])
    // nats-server 2.9.10 crashes when it is asked for a message of a stream that is being made.
    await until(() => lines.length > 0, { what: 'the line in the log' })
    const jsm = await raw.jetstreamManager()
    const letter = await jsm.streams.getMessage('DEAD', { last_by_subj: 'dead.moody' })
    t.equal(tries.get(passing.id), 2)
    t.equal(tries.get(failing.id), 3)
    const body = letter.json<{ consumer: string; tries: number; message: HubMessage }>()
    t.match(body, { consumer: 'moody', tries: 3, message: { entry: failing.id } })
    t.notMatch(JSON.stringify(body), 'name')
    t.notMatch(lines.join(), 'a text with a name')
    await until(async () => (await jsm.consumers.info('HUB', 'moody')).num_ack_pending === 0, {
      what: 'the end of redelivery',
    })
  })

  t.test('an outage spends no try', async (t) => {
    const { bus } = await fresh(t, nats, { retryMs: [] })
    let calls = 0
    await bus.consume({ name: 'patient', subject: 'hub.>' }, async () => {
      calls += 1
      if (calls < 3) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
    })
    await bus.publish(hubMessages(1))
    await until(() => calls === 3, { what: '3 calls' })
    t.equal(calls, 3)
  })

  t.test('stop waits for what is in hand and leaves the rest to a replica', async (t) => {
    const { bus } = await fresh(t, nats)
    const object = newId()
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const first: string[] = []
    const consumer = await bus.consume({ name: 'shared', subject: 'hub.>' }, async ({ entry }) => {
      first.push(entry)
      await held
    })
    const messages = Array.from({ length: 5 }, (_, i) => hubMessage(i, object))
    await bus.publish(messages)
    await until(() => first.length === 1, { what: 'the first message' })
    const stopped = consumer.stop()
    release()
    await stopped
    t.same(first, [messages[0]?.id])
    const heard = new Map<string, number>()
    await consumeInto(bus, 'shared', heard)
    await until(() => heard.size === 4, { what: '4 messages' })
  })

  t.test('wakes, plain subscriptions and requests', async (t) => {
    const { bus } = await fresh(t, nats)
    let wakes = 0
    bus.onWake('ledger', () => {
      wakes += 1
    })
    const bodies: unknown[] = []
    const listening = bus.subscribe('agency.a.>', (body) => bodies.push(body))
    bus.respond('sum', async (body) => {
      const { terms } = body as { terms: number[] }
      if (terms.length === 0) throw new Error('nothing to add')
      return { sum: terms.reduce((a, b) => a + b) }
    })
    t.same(await bus.request('sum', { terms: [1, 2] }, 1000), { sum: 3 })
    await t.rejects(bus.request('sum', { terms: [] }, 1000), { message: 'sum failed' })
    for (let i = 0; i < 50; i += 1) bus.wake('ledger')
    await until(() => wakes > 0, { what: 'a wake' })
    t.ok(wakes <= 2)
    await bus.tail('AGENCY')
    const message = { ...hubMessage(0), stream: 'AGENCY', subject: 'agency.a.x.v1' } as const
    await bus.publish([message])
    await until(() => bodies.length === 1, { what: 'a message' })
    t.same(bodies, [message.body])
    listening.stop()
  })
})
