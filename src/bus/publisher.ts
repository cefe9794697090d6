import { headers, type JetStreamClient, type JetStreamManager } from 'nats'
import type { StreamMessage, StreamName, StreamTail } from '../bus.ts'
import type { Connection } from './connection.ts'
import { POSITION_HEADER, readEnd, type StreamEnd } from './streams.ts'

/** Most messages on their way at once. */
const WINDOW = 256
const ANSWER_TIMEOUT_MS = 5_000

export interface Publisher {
  tail(stream: StreamName): Promise<StreamTail>
  publish(messages: readonly StreamMessage[]): Promise<void>
}

type Ends = Map<StreamName, StreamEnd>

/** What of `messages` comes after the stream's last message, when that one is among them. */
const behind = (messages: readonly StreamMessage[], ends: Ends): readonly StreamMessage[] => {
  const startOf = new Map<StreamName, number>()
  for (const [index, message] of messages.entries()) {
    if (ends.get(message.stream)?.id === message.id) startOf.set(message.stream, index + 1)
  }
  if (startOf.size === 0) return messages
  return messages.filter((message, index) => index >= (startOf.get(message.stream) ?? 0))
}

const demandUp = (connection: Connection): void => {
  if (!connection.isUp()) throw new Error('NATS is not connected')
}

/** Answers do not survive a connection: who waits for them learns of its loss at once. */
const untilLost = async <T>(connection: Connection, answers: Promise<T>): Promise<T> => {
  let forget = (): void => {}
  const lost = new Promise<never>((_, reject) => {
    forget = connection.on('lost', () => reject(new Error('NATS was lost')))
  })
  try {
    return await Promise.race([answers, lost])
  } finally {
    forget()
  }
}

/** True when the message is the one behind `lastSequence`; false when it was stored before. */
const send = async (
  js: JetStreamClient,
  message: StreamMessage,
  lastSequence: number,
): Promise<boolean> => {
  const header = headers()
  header.set(POSITION_HEADER, String(message.position))
  const ack = await js.publish(message.subject, JSON.stringify(message.body), {
    msgID: message.id,
    headers: header,
    expect: { streamName: message.stream, lastSequence },
    timeout: ANSWER_TIMEOUT_MS,
  })
  return ack.seq === lastSequence + 1
}

/**
 * Publishes in a chain: each message names the sequence that MUST be the stream's last one, so
 * that the server refuses whatever would follow a hole or come twice, also after its duplicate
 * window. Sequences rather than Nats-Expected-Last-Msg-Id: nats-server 2.9.10 forgets the last id
 * when it restarts and then refuses every successor. Duplicates are detected before the
 * expectation is checked, so a second publisher of the same messages is answered, not refused.
 */
export const createPublisher = (
  js: JetStreamClient,
  jsm: JetStreamManager,
  connection: Connection,
): Publisher => {
  /** What this publisher knows of each stream's end; forgotten after any failure. */
  const ends: Ends = new Map()
  let queue: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work)
    queue = turn.catch(() => {})
    return turn
  }

  const learnEnd = async (stream: StreamName): Promise<StreamEnd> => {
    demandUp(connection)
    const end = await untilLost(connection, readEnd(jsm, stream))
    ends.set(stream, end)
    return end
  }

  const learnEnds = async (messages: readonly StreamMessage[]): Promise<Ends> => {
    for (const { stream } of messages) if (!ends.has(stream)) await learnEnd(stream)
    return ends
  }

  const sendWindow = async (messages: readonly StreamMessage[]): Promise<void> => {
    const sent = messages.map((message) => {
      const sequence = ends.get(message.stream)?.sequence ?? 0
      ends.set(message.stream, {
        sequence: sequence + 1,
        id: message.id,
        position: message.position,
      })
      return send(js, message, sequence)
    })
    const answers = await untilLost(connection, Promise.allSettled(sent))
    for (const [index, answer] of answers.entries()) {
      if (answer.status === 'rejected') throw answer.reason
      const stream = messages[index]?.stream
      if (!answer.value && stream !== undefined) ends.delete(stream)
    }
  }

  const publish = async (messages: readonly StreamMessage[]): Promise<void> => {
    demandUp(connection)
    try {
      const rest = behind(messages, await learnEnds(messages))
      for (let from = 0; from < rest.length; from += WINDOW) {
        const window = rest.slice(from, from + WINDOW)
        await sendWindow(behind(window, await learnEnds(window)))
      }
    } catch (error) {
      ends.clear()
      throw error
    }
  }

  return {
    tail: (stream) => inTurn(async () => ({ position: (await learnEnd(stream)).position })),
    publish: (messages) => inTurn(() => publish(messages)),
  }
}
