import { headers, type Msg, type NatsConnection } from 'nats'
import type { FastifyBaseLogger } from 'fastify'
import type { Bus } from '../bus.ts'

const WAKE_MS = 2
/** Replicas that answer the same subject share the requests. */
const RESPONDERS = 'responders'
const FAILED_HEADER = 'Titian-Failed'

type Talk = Pick<Bus, 'tell' | 'wake' | 'onWake' | 'subscribe' | 'request' | 'respond'>

const bodyOf = (message: Msg): unknown => (message.data.length === 0 ? null : message.json())

/** Core NATS: what is said to whoever listens now, kept nowhere. */
export const createTalk = (
  nc: NatsConnection,
  isUp: () => boolean,
  log: Pick<FastifyBaseLogger, 'error'>,
): Talk => {
  const waking = new Set<string>()

  const listen = (subject: string, hear: (message: Msg) => void, queue?: string) => {
    const subscription = nc.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        try {
          if (error === null) hear(message)
          else log.error({ err: error }, 'NATS subscription failed')
        } catch (failure) {
          log.error({ err: failure }, 'NATS message not heard')
        }
      },
    })
    return { stop: () => subscription.unsubscribe() }
  }

  const sendWake = (topic: string): void => {
    waking.delete(topic)
    try {
      if (isUp()) nc.publish(`hub.wake.${topic}`)
    } catch {
      // The sweep finds the work.
    }
  }

  const reply = async (message: Msg, answer: (body: unknown) => Promise<object>): Promise<void> => {
    try {
      message.respond(JSON.stringify(await answer(bodyOf(message))))
    } catch (error) {
      log.error({ err: error }, 'NATS request failed')
      const failed = headers()
      failed.set(FAILED_HEADER, '1')
      if (!nc.isClosed()) message.respond('', { headers: failed })
    }
  }

  return {
    tell: (subject, body) => {
      try {
        if (isUp()) nc.publish(subject, JSON.stringify(body))
      } catch {
        // Whoever missed it reads it.
      }
    },
    wake: (topic) => {
      if (waking.has(topic)) return
      waking.add(topic)
      setTimeout(sendWake, WAKE_MS, topic).unref()
    },
    onWake: (topic, work) => listen(`hub.wake.${topic}`, work),
    subscribe: (subject, hear) => listen(subject, (message) => hear(bodyOf(message))),
    request: async (subject, body, timeoutMs) => {
      if (!isUp()) throw new Error('NATS is not connected')
      const message = await nc.request(subject, JSON.stringify(body), { timeout: timeoutMs })
      if (message.headers?.has(FAILED_HEADER)) throw new Error(`${subject} failed`)
      return bodyOf(message)
    },
    respond: (subject, answer) =>
      listen(subject, (message) => void reply(message, answer).catch(() => {}), RESPONDERS),
  }
}
