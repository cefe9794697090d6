import {
  AckPolicy,
  DeliverPolicy,
  nanos,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from 'nats'
import type { DeadLetter } from '../bus.ts'
import { isThere } from './streams.ts'

const NAME = 'person'
const ACK_WAIT_MS = 10_000
const AT_ONCE = 20
const EXPIRES_MS = 1_000

const parse = (message: JsMsg): Partial<DeadLetter> => {
  try {
    return message.json<Partial<DeadLetter> | null>() ?? {}
  } catch {
    return {}
  }
}

/**
 * Hands over dead letters that no replica has handled yet, and tells how many. A letter whose `handle`
 * fails comes again after ten seconds, to whichever replica asks.
 */
export const readDeadLetters = async (
  js: JetStreamClient,
  jsm: JetStreamManager,
  handle: (letter: DeadLetter) => Promise<void>,
): Promise<number> => {
  if (!(await isThere(jsm, 'DEAD'))) return 0
  await jsm.consumers.add('DEAD', {
    durable_name: NAME,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: -1,
  })
  const consumer = await js.consumers.get('DEAD', NAME)
  const messages = await consumer.fetch({ max_messages: AT_ONCE, expires: EXPIRES_MS })
  let handled = 0
  for await (const message of messages) {
    const { consumer: by = 'unknown', tries = 0, message: body = null } = parse(message)
    await handle({ consumer: by, tries, message: body })
    message.ack()
    handled += 1
  }
  return handled
}
