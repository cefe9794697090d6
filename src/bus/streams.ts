import {
  nanos,
  NatsError,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from 'nats'
import { EVENTS } from '../contracts/events.ts'

/** How long NATS keeps a message. What is older is read from Postgres. */
export const STREAM_AGE_MS = 7 * 24 * 3_600_000
const DUPLICATE_WINDOW_MS = 120_000
const DEAD_AGE_MS = 90 * 24 * 3_600_000

/** Header with the ledger position of a message. */
export const POSITION_HEADER = 'Titian-Position'

type Shape = Pick<StreamConfig, 'subjects' | 'max_age' | 'duplicate_window' | 'deny_delete'>

/** `hub.wake.*` MUST NOT match: a wake is worth nothing once it was heard. */
const HUB_SUBJECTS = [...new Set(EVENTS.map((type) => `hub.${type.split('.')[0]}.>`))].sort()

const SHAPES = {
  HUB: {
    subjects: HUB_SUBJECTS,
    max_age: nanos(STREAM_AGE_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    deny_delete: true,
  },
  AGENCY: {
    subjects: ['agency.*.>'],
    max_age: nanos(STREAM_AGE_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    deny_delete: true,
  },
  DEAD: {
    subjects: ['dead.>'],
    max_age: nanos(DEAD_AGE_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    deny_delete: false,
  },
} as const satisfies Record<string, Shape>

export type KeptStream = keyof typeof SHAPES

/** JetStream's error code for "stream not found". */
const STREAM_NOT_FOUND = 10059
const MESSAGE_NOT_FOUND = 10037

export const jetStreamCodeOf = (error: unknown): number | undefined =>
  error instanceof NatsError ? error.api_error?.err_code : undefined

const infoOf = async (jsm: JetStreamManager, name: KeptStream): Promise<StreamInfo | null> => {
  try {
    return await jsm.streams.info(name)
  } catch (error) {
    if (jetStreamCodeOf(error) === STREAM_NOT_FOUND) return null
    throw error
  }
}

/** Whether a stream was made. */
export const isThere = async (jsm: JetStreamManager, name: KeptStream): Promise<boolean> =>
  (await infoOf(jsm, name)) !== null

/**
 * Makes a stream when it is missing and gives it the subjects of this version. What an operator
 * set besides, such as the number of replicas, stays.
 */
export const ensureStream = async (
  jsm: JetStreamManager,
  name: KeptStream,
): Promise<StreamInfo> => {
  const shape: Shape = SHAPES[name]
  const found = await infoOf(jsm, name)
  if (found === null) {
    return await jsm.streams.add({ name, storage: StorageType.File, ...shape })
  }
  if (found.config.subjects.toSorted().join() === shape.subjects.toSorted().join()) return found
  return await jsm.streams.update(name, { ...found.config, subjects: shape.subjects })
}

/** Where a stream ends. */
export interface StreamEnd {
  /** Sequence of the last message, also when that one has expired. */
  readonly sequence: number
  /** Nats-Msg-Id of the last message; null when the stream holds none. */
  readonly id: string | null
  readonly position: number | null
}

export const readEnd = async (jsm: JetStreamManager, name: KeptStream): Promise<StreamEnd> => {
  const { state } = await ensureStream(jsm, name)
  const empty = { sequence: state.last_seq, id: null, position: null }
  if (state.messages === 0) return empty
  try {
    const last = await jsm.streams.getMessage(name, { seq: state.last_seq })
    const position = last.header.get(POSITION_HEADER)
    return {
      sequence: state.last_seq,
      id: last.header.get('Nats-Msg-Id') || null,
      position: /^\d+$/.test(position) ? Number(position) : null,
    }
  } catch (error) {
    if (jetStreamCodeOf(error) === MESSAGE_NOT_FOUND) return empty
    throw error
  }
}
