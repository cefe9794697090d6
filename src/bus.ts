import type { FastifyBaseLogger } from 'fastify'
import { connect, Events, type NatsConnection } from 'nats'
import type { Connection } from './bus/connection.ts'
import { startConsumer } from './bus/consumer.ts'
import { readDeadLetters } from './bus/dead-letters.ts'
import { createPublisher } from './bus/publisher.ts'
import { serverOf } from './bus/server.ts'
import { createTalk } from './bus/talk.ts'
import type { EventType, JournalEvent, Outcome } from './contracts/events.ts'

/** What services hear of one journal entry. Ids and codes only. */
export interface HubMessage {
  /** Place in the ledger, from 0. */
  readonly position: number
  /** Journal entry id; consumers remember it to be idempotent. */
  readonly entry: string
  readonly type: EventType
  readonly at: string
  readonly outcome: Outcome
  readonly agency: string | null
  readonly subject: string | null
  readonly object: string | null
  readonly purpose: string | null
  readonly reason: string | null
  readonly data: JournalEvent['data']
}

/** What a consumer gave up. `message` is null when it could not be read. */
export interface DeadLetter {
  readonly consumer: string
  readonly tries: number
  readonly message: HubMessage | null
}

export type StreamName = 'HUB' | 'AGENCY'

export interface StreamMessage {
  readonly stream: StreamName
  readonly subject: string
  /** Nats-Msg-Id: the same message published twice is stored once. */
  readonly id: string
  readonly position: number
  readonly body: object
}

/** What the two streams hold now, as the ledger needs it to go on publishing. */
export interface StreamTail {
  /** Position of the last message; null when the stream is empty or was made anew. */
  readonly position: number | null
}

/**
 * `ledger`: entries wait. `access`: a session, a person or a program lost what it had.
 * `security_events`: holders are to be told.
 */
export type Topic = 'ledger' | 'access' | 'security_events'

export interface Bus {
  /** Tells whoever listens that there is work. Fire and forget, never throws; a sweep backs it. */
  wake(topic: Topic): void
  onWake(topic: Topic, work: () => void): { stop(): void }
  /** Makes the streams HUB and AGENCY when they are missing and tells where they end. */
  tail(stream: StreamName): Promise<StreamTail>
  /**
   * Publishes in order; resolves when every message is stored. MUST leave no hole: when one is
   * refused or unanswered, those behind it on its stream are not stored either. The caller MUST
   * give a stream's messages in the same order every time: those up to the stream's last one are
   * taken as stored.
   * @throws when any message was not confirmed; call `tail` and go on from there
   */
  publish(messages: readonly StreamMessage[]): Promise<void>
  /** Says something to whoever listens now; fire and forget, never throws. No stream keeps it. */
  tell(subject: `live.${string}`, body: object): void
  /** Plain subscription for live pushing; may miss messages, the feed's numbers show it. */
  subscribe(subject: string, hear: (body: unknown) => void): { stop(): void }
  /**
   * Durable pull consumer with explicit acknowledgement on HUB; `name` is letters, digits, `-` and
   * `_`. Messages about one object come in order until one fails. `handle` rejecting means: again
   * later (backoff); after the last try the message goes to `dead.<name>` and a line in the log.
   * While a server is away (isOutage) the consumer waits and no try is spent.
   */
  consume(
    consumer: { readonly name: string; readonly subject: string },
    handle: (message: HubMessage) => Promise<void>,
  ): Promise<{ stop(): Promise<void> }>
  /** Hands over dead letters that nobody has handled yet; tells how many. */
  readDead(handle: (letter: DeadLetter) => Promise<void>): Promise<number>
  request(subject: string, body: object, timeoutMs: number): Promise<unknown>
  respond(subject: string, answer: (body: unknown) => Promise<object>): { stop(): void }
  isUp(): boolean
  /** Drains and closes. */
  close(): Promise<void>
}

export { isOpenToAnybody } from './bus/open-door.ts'
export { STREAM_AGE_MS } from './bus/streams.ts'

export interface BusOptions {
  /** nats:// or tls://, with user and password when the server asks for them. */
  readonly url: string
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** Waits before each further try of a consumed message, in milliseconds. */
  readonly retryMs?: readonly number[]
}

/** Eight tries in about half an hour; an outage of a server spends none. */
const RETRY_MS = [1_000, 5_000, 15_000, 60_000, 240_000, 600_000, 900_000]
const SLOW_CONNECT_MS = 5_000
const ANSWER_TIMEOUT_MS = 5_000

const connectTo = async ({ url, log }: BusOptions): Promise<NatsConnection> => {
  const slow = setTimeout(() => log.warn('waiting for NATS'), SLOW_CONNECT_MS)
  try {
    return await connect({
      ...serverOf(url),
      name: 'titian',
      reconnectTimeWait: 100,
      maxReconnectAttempts: -1,
      waitOnFirstConnect: true,
      pingInterval: 10_000,
      maxPingOut: 2,
    })
  } finally {
    clearTimeout(slow)
  }
}

/** Follows the connection: whether it is up, and who wants to hear of a change. */
const watch = (nc: NatsConnection, log: BusOptions['log']): Connection => {
  const listeners = { lost: new Set<() => void>(), back: new Set<() => void>() }
  let isConnected = true
  const tell = (change: 'lost' | 'back'): void => {
    isConnected = change === 'back'
    if (isConnected) log.info('NATS is back')
    else log.warn('NATS is away')
    for (const listener of listeners[change]) listener()
  }
  const follow = async (): Promise<void> => {
    for await (const { type } of nc.status()) {
      if (type === Events.Disconnect) tell('lost')
      else if (type === Events.Reconnect) tell('back')
      else if (type === Events.Error) log.error('NATS reports an error')
    }
  }
  void follow().catch(() => {})
  return {
    isUp: () => isConnected && !nc.isClosed() && !nc.isDraining(),
    on: (change, listener) => {
      listeners[change].add(listener)
      return () => void listeners[change].delete(listener)
    },
  }
}

/** Connects to NATS; waits until it is there, and reconnects for ever. */
export const connectBus = async (options: BusOptions): Promise<Bus> => {
  const { log, retryMs = RETRY_MS } = options
  const nc = await connectTo(options)
  const connection = watch(nc, log)
  const { isUp } = connection
  const js = nc.jetstream({ timeout: ANSWER_TIMEOUT_MS })
  const jsm = await nc.jetstreamManager({ checkAPI: false, timeout: ANSWER_TIMEOUT_MS })
  const link = { js, jsm, log, connection, retryMs }
  const consumers = new Set<{ stop(): Promise<void> }>()
  return {
    ...createPublisher(js, jsm, connection),
    ...createTalk(nc, isUp, log),
    isUp,
    readDead: (handle) => readDeadLetters(js, jsm, handle),
    consume: async (consumer, handle) => {
      const started = startConsumer(link, consumer, handle)
      consumers.add(started)
      return started
    },
    close: async () => {
      await Promise.all([...consumers].map((consumer) => consumer.stop()))
      if (nc.isClosed()) return
      await (isUp() ? nc.drain() : nc.close()).catch(() => nc.close())
    },
  }
}
