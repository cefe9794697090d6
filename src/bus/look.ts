import { connect } from 'nats'
import type { KeptStream } from './streams.ts'

/** What can be seen of NATS from outside the hub. */
export interface BusSeen {
  /** Messages that each stream holds; null where the stream is not there. */
  readonly messages: Readonly<Record<KeptStream, number | null>>
}

const TIMEOUT_MS = 3_000
const STREAMS = ['HUB', 'AGENCY', 'DEAD'] as const satisfies readonly KeptStream[]

/**
 * Looks once and changes nothing.
 * @throws when no server answers, or it refuses the user
 */
export const lookAtBus = async (natsUrl: string): Promise<BusSeen> => {
  const url = new URL(natsUrl)
  const connection = await connect({
    servers: url.host,
    user: decodeURIComponent(url.username),
    pass: decodeURIComponent(url.password),
    ...(url.protocol === 'tls:' ? { tls: {} } : {}),
    reconnect: false,
    maxReconnectAttempts: 0,
    timeout: TIMEOUT_MS,
  })
  try {
    const jsm = await connection.jetstreamManager({ timeout: TIMEOUT_MS })
    const messages: Record<KeptStream, number | null> = { HUB: null, AGENCY: null, DEAD: null }
    for await (const { config, state } of jsm.streams.list()) {
      const name = STREAMS.find((each) => each === config.name)
      if (name !== undefined) messages[name] = state.messages
    }
    return { messages }
  } finally {
    await connection.close()
  }
}
