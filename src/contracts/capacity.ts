import { Type, type Static } from 'typebox'
import { Id, Instant, oneOf, Version } from './codes.ts'

/** How many a service can still take, and places held while a referral is decided. */
const CLOSED = { additionalProperties: false } as const

export const UNITS = ['bed', 'hour', 'place'] as const
export type Unit = (typeof UNITS)[number]

const MOST = 100_000
const Count = Type.Integer({ minimum: 0, maximum: MOST })

/** One row of `directory.capacity`. */
export const Capacity = Type.Object(
  {
    service: Id,
    agency: Id,
    unit: oneOf(UNITS),
    maximum: Count,
    available: Type.Integer({
      minimum: 0,
      maximum: MOST,
      description: 'Empty now, those held for others among them',
    }),
    as_of: Type.String({ format: 'date-time', description: 'When a person last counted' }),
    fresh_hours: Type.Integer({
      minimum: 1,
      maximum: 720,
      description: 'How long a count is as good as new; after three times that it is worth nothing',
    }),
    hold_hours: Type.Integer({
      minimum: 0,
      maximum: 168,
      description: 'How long a place is held while a referral is decided; 0: none is held',
    }),
    version: Version,
  },
  CLOSED,
)
export type Capacity = Static<typeof Capacity>

export const FRESHNESS = ['fresh', 'ageing', 'stale'] as const

/** What everybody signed in may know of it. */
export const CapacityRead = Type.Object(
  {
    ...Type.Omit(Capacity, ['agency']).properties,
    held: Type.Integer({ description: 'Held for referrals that are being decided' }),
    free: Type.Integer({ description: 'available less held, never below 0' }),
    freshness: Type.Number({
      description: 'What the count is still worth: 1 while fresh, then falling to 0',
    }),
    freshness_state: oneOf(FRESHNESS),
  },
  CLOSED,
)
export type CapacityRead = Static<typeof CapacityRead>

const SETTINGS = ['maximum', 'available', 'fresh_hours', 'hold_hours'] as const
/** Begins to count a unit (`version` null), or changes how it is counted. */
export const SetCapacity = Type.Object(
  {
    ...Type.Pick(Capacity, [...SETTINGS]).properties,
    version: Type.Union([Version, Type.Null()], {
      description: 'The version that was read; null when this unit was not counted before',
    }),
  },
  CLOSED,
)
export type SetCapacity = Static<typeof SetCapacity>

/** "n free now". `version` is the version that was read: an acceptance meanwhile is not lost. */
export const CountNow = Type.Pick(Capacity, ['available', 'version'], CLOSED)
export type CountNow = Static<typeof CountNow>

export const HOLD_STATES = ['held', 'taken', 'released', 'expired'] as const
export const HoldRead = Type.Object(
  {
    referral: Id,
    service: Id,
    unit: oneOf(UNITS),
    agency: Type.String({ format: 'uuid', description: 'Whose place it is' }),
    holder: Type.String({ format: 'uuid', description: 'The sender, for whom it is held' }),
    placed_at: Instant,
    expires_at: Instant,
  },
  CLOSED,
)
export type HoldRead = Static<typeof HoldRead>

/** Answer to holding a place. */
export const PlaceHeld = Type.Object(
  { referral: Id, unit: oneOf(UNITS), expires_at: Instant },
  CLOSED,
)
export type PlaceHeld = Static<typeof PlaceHeld>

export const CAUSES = ['counted', 'accepted', 'ended'] as const
export const Reading = Type.Object(
  {
    id: Id,
    at: Instant,
    service: Id,
    unit: oneOf(UNITS),
    maximum: Count,
    available: Count,
    cause: oneOf(CAUSES),
  },
  CLOSED,
)
export type Reading = Static<typeof Reading>

const next = Type.Union([Type.String(), Type.Null()])
export const CapacityList = Type.Object({ items: Type.Array(CapacityRead) }, CLOSED)
export const CapacityPage = Type.Object({ items: Type.Array(CapacityRead), next }, CLOSED)
export const HoldPage = Type.Object({ items: Type.Array(HoldRead), next }, CLOSED)
export const ReadingPage = Type.Object({ items: Type.Array(Reading), next }, CLOSED)
