import { nanos } from 'nats'
import { pino } from 'pino'
import t from 'tap'
import { connectBus } from '../src/bus.ts'
import { newId } from '../src/id.ts'
import { fresh, hubMessage, hubMessages, idsOf, relay, stored } from './helpers/bus.ts'
import { startOwnNats } from './helpers/own-nats.ts'
import { until } from './helpers/until.ts'

const log = pino({ level: 'silent' })

t.test('the bus publishes', async (t) => {
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

  t.test('a message comes once also after the duplicate window', async (t) => {
    const { bus, raw } = await fresh(t, nats)
    await bus.tail('HUB')
    const jsm = await raw.jetstreamManager()
    const { config } = await jsm.streams.info('HUB')
    await jsm.streams.update('HUB', { ...config, duplicate_window: nanos(100) })
    const messages = hubMessages(700)
    await bus.publish(messages.slice(0, 400))
    const published = Date.now()
    await until(() => Date.now() > published + 200, { what: 'the end of the window' })
    await bus.publish(messages)
    const again = await connectBus({ url: nats.url, log })
    t.teardown(() => again.close())
    await again.publish(messages)
    t.same(await stored(raw, 'HUB'), idsOf(messages))
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
