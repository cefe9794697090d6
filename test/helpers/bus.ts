import { connect, type NatsConnection } from 'nats'
import { pino } from 'pino'
import {
  connectBus,
  type Bus,
  type BusOptions,
  type HubMessage,
  type StreamMessage,
} from '../../src/bus.ts'
import { newId } from '../../src/id.ts'
import type { OwnNats } from './own-nats.ts'
import type { Teardown } from './run.ts'
import { until } from './until.ts'

const log = pino({ level: 'silent' })
const SUBJECT = 'hub.referrals.referral.sent.v1'

export const hubMessage = (position: number, object = newId()): StreamMessage => {
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

export const hubMessages = (count: number, from = 0): StreamMessage[] =>
  Array.from({ length: count }, (_, index) => hubMessage(from + index))

/** What a stream holds, read without our own code. */
export const stored = async (nc: NatsConnection, stream: string): Promise<string[]> => {
  const jsm = await nc.jetstreamManager()
  const { state } = await jsm.streams.info(stream)
  const sequences = Array.from({ length: state.messages }, (_, index) => state.first_seq + index)
  const read = async (seq: number) =>
    (await jsm.streams.getMessage(stream, { seq })).header.get('Nats-Msg-Id')
  return await Promise.all(sequences.map(read))
}

export const idsOf = (messages: readonly StreamMessage[]): string[] => messages.map(({ id }) => id)

/** As the ledger does: publishes, and after a failure goes on from where the stream ends. */
export const relay = async (bus: Bus, messages: readonly StreamMessage[]): Promise<number> => {
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

export const consumeInto = (bus: Bus, name: string, heard: Map<string, number>) =>
  bus.consume({ name, subject: 'hub.referrals.>' }, async ({ entry }) => {
    heard.set(entry, (heard.get(entry) ?? 0) + 1)
  })

export const fresh = async (t: Teardown, nats: OwnNats, options: Partial<BusOptions> = {}) => {
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
