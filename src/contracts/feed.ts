import { Type, type Static } from 'typebox'
import { Id, oneOf } from './codes.ts'
import { EVENTS, type FeedItem } from './events.ts'

/** One entry of an agency's feed, as an answer of the API. */
export const FeedItemRead = Type.Object(
  {
    n: Type.Integer({ minimum: 1, description: "Number in the agency's feed, without gaps" }),
    type: oneOf(EVENTS),
    id: Type.String({ format: 'uuid', description: 'Journal entry' }),
    at: Type.String({ format: 'date-time' }),
    outcome: oneOf(['ok', 'refused', 'failed']),
    agency: Type.Union([Id, Type.Null()]),
    object: Type.Union([Id, Type.Null()]),
    data: Type.Unsafe<FeedItem['data']>({ type: 'object', additionalProperties: true }),
  } satisfies Record<keyof FeedItem, unknown>,
  { additionalProperties: false },
)

export const FeedQuery = Type.Object(
  {
    after: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 0,
      description: 'Number of the last item that you have; 0 for the beginning',
    }),
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
  },
  { additionalProperties: false },
)

export const FeedPage = Type.Object(
  {
    items: Type.Array(FeedItemRead),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'What to send as `after` for more; null when this is the end for now',
    }),
  },
  { additionalProperties: false },
)
export type FeedPage = Static<typeof FeedPage>

/** The person has seen everything up to a number, on another device. */
export interface LiveSeen {
  readonly type: 'seen'
  readonly up_to: number
}

/** First frame of a live connection. Others are FeedItems, or tell what was seen elsewhere. */
export interface LiveHello {
  readonly type: 'hello'
  /** Number of the newest item when the connection began. */
  readonly head: number
}

/** Why the hub closes a live connection (WebSocket closing codes). */
export const LIVE_CLOSE = {
  restart: 1012,
  tryLater: 1013,
  badAfter: 4000,
  signInAgain: 4001,
  tooSlow: 4008,
} as const
