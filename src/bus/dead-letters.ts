import {
  AckPolicy,
  DeliverPolicy,
  nanos,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from 'nats'
import type { DeadLetter } from '../bus.ts'
import { isThere, jetStreamCodeOf } from './streams.ts'

/** The durable consumer of DEAD: what it has not read yet, no person was told. */
export const PERSON = 'person'
/** JetStream's error code. */
export const CONSUMER_NOT_FOUND = 10014
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

/** The consumer that reads the letters, made when it is missing; null while there is no letter. */
const openConsumer = async (js: JetStreamClient, jsm: JetStreamManager) => {
  if (!(await isThere(jsm, 'DEAD'))) return null
  try {
    return await js.consumers.get('DEAD', PERSON)
  } catch (error) {
    if (jetStreamCodeOf(error) !== CONSUMER_NOT_FOUND) throw error
  }
  await jsm.consumers.add('DEAD', {
    durable_name: PERSON,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: -1,
  })
  return await js.consumers.get('DEAD', PERSON)
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
  const consumer = await openConsumer(js, jsm)
  if (consumer === null) return 0
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
