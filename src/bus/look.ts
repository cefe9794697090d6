import { connect, type JetStreamManager } from 'nats'
import { CONSUMER_NOT_FOUND, PERSON } from './dead-letters.ts'
import { LOOK_TIMEOUT_MS, ONCE, serverOf } from './server.ts'
import { jetStreamCodeOf, type KeptStream } from './streams.ts'

/** What can be seen of NATS from outside the hub. */
export interface BusSeen {
  /** Messages that each stream holds; null where the stream is not there. */
  readonly messages: Readonly<Record<KeptStream, number | null>>
  /** Dead letters that are no task of a person yet. */
  readonly letters: number
}

const STREAMS = ['HUB', 'AGENCY', 'DEAD'] as const satisfies readonly KeptStream[]

/** Letters stay in the stream for long; those that were handed over are not counted. */
const lettersIn = async (jsm: JetStreamManager, stored: number | null): Promise<number> => {
  if (stored === null) return 0
  try {
    const read = await jsm.consumers.info('DEAD', PERSON)
    return read.num_pending + read.num_ack_pending
  } catch (error) {
    if (jetStreamCodeOf(error) === CONSUMER_NOT_FOUND) return stored
    throw error
  }
}

/**
 * Looks once and changes nothing.
 * @throws when no server answers, or it refuses the user
 */
export const lookAtBus = async (natsUrl: string): Promise<BusSeen> => {
  const connection = await connect({ ...serverOf(natsUrl), ...ONCE })
  try {
    const jsm = await connection.jetstreamManager({ timeout: LOOK_TIMEOUT_MS })
    const messages: Record<KeptStream, number | null> = { HUB: null, AGENCY: null, DEAD: null }
    for await (const { config, state } of jsm.streams.list()) {
      const name = STREAMS.find((each) => each === config.name)
      if (name !== undefined) messages[name] = state.messages
    }
    return { messages, letters: await lettersIn(jsm, messages.DEAD) }
  } finally {
    await connection.close()
  }
}
