import { setTimeout as wait } from 'node:timers/promises'
import {
  AckPolicy,
  ConsumerEvents,
  DeliverPolicy,
  nanos,
  type ConsumerMessages,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from 'nats'
import type { FastifyBaseLogger } from 'fastify'
import type { HubMessage } from '../bus.ts'
import { isOutage } from '../outage.ts'
import type { Connection } from './connection.ts'
import { ensureStream } from './streams.ts'

/** How long a message waits that was in hand when the hub or nats-server was killed. */
const ACK_WAIT_MS = 10_000
/** How often a message in hand is reported as still in work. */
const WORKING_MS = 3_000
const PULL = { max_messages: 64, expires: 30_000, idle_heartbeat: 5_000 } as const
const MAX_UNACKNOWLEDGED = 256
/** Messages about one object are handled in order; different objects side by side. */
const LANES = 4
const OUTAGE_WAIT_MS = 1_000
/** Until the server forgets the request that this replica left open. */
const HAND_OVER_MS = 200
const RESUME_MS = [50, 100, 200, 500, 1_000, 2_000] as const
const NAME = /^[A-Za-z0-9_-]{1,64}$/

export interface ConsumerLink {
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** Waits before each further try of a message; when they are used up it is a dead letter. */
  readonly retryMs: readonly number[]
  readonly connection: Connection
}

interface ConsumerOptions {
  readonly name: string
  readonly subject: string
}

type Handle = (message: HubMessage) => Promise<void>

const kindOf = (error: unknown): Record<string, unknown> => {
  const { name, code, cause } = error as { name?: string; code?: string; cause?: { code?: string } }
  return { error: name, code: code ?? cause?.code }
}

const parse = (message: JsMsg): HubMessage | null => {
  try {
    return message.json<HubMessage>()
  } catch {
    return null
  }
}

const laneOf = (message: HubMessage): number => {
  const key = message.object ?? message.subject ?? message.entry
  let sum = 0
  for (let index = 0; index < key.length; index += 1) sum = (sum * 31 + key.charCodeAt(index)) | 0
  return Math.abs(sum) % LANES
}

/** Keeps a message where a person sees it, and ends its delivery. */
const bury = async (
  link: ConsumerLink,
  name: string,
  message: JsMsg,
  body: HubMessage | null,
  error: unknown,
): Promise<void> => {
  const tries = message.info.deliveryCount
  const letter = {
    consumer: name,
    subject: message.subject,
    tries,
    ...kindOf(error),
    message: body,
  }
  const msgID = `${name}:${message.info.streamSequence}:${message.info.timestampNanos}`
  await ensureStream(link.jsm, 'DEAD')
  await link.js.publish(`dead.${name}`, JSON.stringify(letter), { msgID })
  message.term()
  const fields = { consumer: name, entry: body?.entry, type: body?.type, tries }
  link.log.error({ ...fields, ...kindOf(error) }, 'message given up, see dead letters')
}

/** An outage is not the message's fault: wait for its end here, so that no try is spent. */
const patiently = async (
  link: ConsumerLink,
  name: string,
  handle: () => Promise<void>,
  halt: AbortSignal,
): Promise<void> => {
  for (;;) {
    try {
      return await handle()
    } catch (error) {
      if (!isOutage(error) || halt.aborted) throw error
      link.log.warn({ consumer: name, ...kindOf(error) }, 'consumer waits for a server')
      await wait(OUTAGE_WAIT_MS, undefined, { signal: halt })
    }
  }
}

/** Handles messages one after another per lane, acknowledges, retries, gives up. */
const createHands = (link: ConsumerLink, name: string, handle: Handle, halt: AbortSignal) => {
  const inHand = new Set<JsMsg>()
  const lanes: Promise<void>[] = Array.from({ length: LANES }, () => Promise.resolve())
  const heartbeat = setInterval(() => {
    if (link.connection.isUp()) for (const message of inHand) message.working()
  }, WORKING_MS)
  heartbeat.unref()

  const work = async (message: JsMsg, body: HubMessage | null): Promise<void> => {
    if (halt.aborted) return message.nak(HAND_OVER_MS)
    const tries = message.info.deliveryCount
    // A message that ends the process each time never gets as far as the catch below.
    if (body === null || tries > link.retryMs.length + 1) {
      return await bury(link, name, message, body, new Error('unreadable or never handled'))
    }
    try {
      await patiently(link, name, () => handle(body), halt)
      message.ack()
    } catch (error) {
      if (halt.aborted) return message.nak(HAND_OVER_MS)
      const retryMs = link.retryMs[tries - 1]
      if (retryMs === undefined) return await bury(link, name, message, body, error)
      const fields = { consumer: name, entry: body.entry, type: body.type, tries, retryMs }
      link.log.warn({ ...fields, ...kindOf(error) }, 'message not handled, again later')
      message.nak(retryMs)
    }
  }

  return {
    take(message: JsMsg): void {
      const body = parse(message)
      const lane = body === null ? 0 : laneOf(body)
      inHand.add(message)
      const done = (lanes[lane] ?? Promise.resolve()).then(() => work(message, body))
      lanes[lane] = done
        // Not acknowledged: the server delivers it again after the acknowledgement wait.
        .catch((error: unknown) =>
          link.log.warn({ consumer: name, ...kindOf(error) }, 'message left'),
        )
        .finally(() => inHand.delete(message))
    },
    async finish(): Promise<void> {
      await Promise.all(lanes)
      clearInterval(heartbeat)
    },
  }
}

const open = async (link: ConsumerLink, options: ConsumerOptions): Promise<ConsumerMessages> => {
  await ensureStream(link.jsm, 'HUB')
  await link.jsm.consumers.add('HUB', {
    durable_name: options.name,
    filter_subject: options.subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: MAX_UNACKNOWLEDGED,
    max_deliver: -1,
  })
  const consumer = await link.js.consumers.get('HUB', options.name)
  return await consumer.consume({ ...PULL, bind: true, abort_on_missing_resource: true })
}

const stopWhenSilent = async (messages: ConsumerMessages): Promise<void> => {
  for await (const event of await messages.status()) {
    if (event.type === ConsumerEvents.HeartbeatsMissed) messages.stop()
  }
}

/**
 * Keeps a durable consumer going until `stop()`: after a lost connection, a silent server or a
 * deleted stream it makes again what is missing and goes on; a new consumer starts at the first
 * message that the stream holds.
 */
export const startConsumer = (link: ConsumerLink, options: ConsumerOptions, handle: Handle) => {
  if (!NAME.test(options.name)) throw new TypeError(`not a consumer name: ${options.name}`)
  const halt = new AbortController()
  const hands = createHands(link, options.name, handle, halt.signal)
  let current: ConsumerMessages | null = null
  const interrupt = (): void => current?.stop()
  const forget = link.connection.on('back', interrupt)

  const run = async (): Promise<void> => {
    let failures = 0
    while (!halt.signal.aborted) {
      try {
        current = await open(link, options)
        void stopWhenSilent(current)
        failures = 0
        if (halt.signal.aborted) current.stop()
        for await (const message of current) hands.take(message)
      } catch (error) {
        failures += 1
        link.log.warn({ consumer: options.name, ...kindOf(error) }, 'consumer interrupted')
      }
      current = null
      const resumeMs = RESUME_MS[Math.min(failures, RESUME_MS.length - 1)]
      await wait(resumeMs, undefined, { signal: halt.signal }).catch(() => {})
    }
  }
  const running = run()

  let stopped: Promise<void> | null = null
  const stop = async (): Promise<void> => {
    halt.abort()
    forget()
    interrupt()
    await running
    await hands.finish()
  }
  return { stop: () => (stopped ??= stop()) }
}
