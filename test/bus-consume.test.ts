import { pino } from 'pino'
import t from 'tap'
import type { HubMessage, StreamMessage } from '../src/bus.ts'
import { newId } from '../src/id.ts'
import { consumeInto, fresh, hubMessage, hubMessages, relay } from './helpers/bus.ts'
import { startOwnNats } from './helpers/own-nats.ts'
import { until } from './helpers/until.ts'

t.test('the bus delivers', async (t) => {
  const nats = await startOwnNats()
  t.teardown(() => nats.end())

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
})
