import type { CapacityRead } from '../../src/contracts/capacity.ts'
import type { Look } from './parts/pill.tsx'
import type { SignedVisit } from './visit.ts'

/** How many a service can still take, and what that count is worth by now. */
export interface PlaceSight {
  readonly place: CapacityRead
  readonly asOf: string
  readonly look: Look
  /** What the count is still worth, in percent. */
  readonly worth: number
}

const LOOKS = { fresh: 'good', ageing: 'wait', stale: 'quiet' } as const

const PERCENT = 100

export const placeSight = ({ when }: SignedVisit, place: CapacityRead): PlaceSight => ({
  place,
  asOf: when.near(place.as_of),
  look: LOOKS[place.freshness_state],
  worth: Math.round(place.freshness * PERCENT),
})
