import type { Static } from 'typebox'
import type { HoldPage } from '../../src/contracts/capacity.ts'
import { decide } from '../../src/decide.ts'
import { placesOf } from './directory-sight.ts'
import type { PlaceSight } from './place-sight.ts'
import type { Detail } from './referral-sight.ts'
import { actorOf } from './steps.ts'
import type { SignedVisit } from './visit.ts'

/** Places of a referral's service while it is decided, and until when one is held for it. */
export interface ReferralPlace {
  readonly places: readonly PlaceSight[]
  readonly heldUntil: string | null
  readonly mayHold: boolean
}

const UNDECIDED: readonly Detail['state'][] = ['sent', 'acknowledged', 'info_requested']

/** Null: nothing is to be held, or the service counts nothing. */
export const referralPlace = async (
  visit: SignedVisit,
  referral: Detail,
): Promise<ReferralPlace | null> => {
  const { id, state, sender, recipient, side, service } = referral
  const target = { kind: 'referral', sender, recipient, state } as const
  const mayHold = decide(actorOf(visit.me), 'referral.hold_place', target).allow
  if (!UNDECIDED.includes(state) || !mayHold) return null
  const places = await placesOf(visit, service)
  if (places.length === 0) return null
  const path = `/v1/directory/holds?side=${side}&limit=100`
  const { items } = await visit.api.get<Static<typeof HoldPage>>(path)
  const hold = items.find((each) => each.referral === id)
  return {
    places,
    heldUntil: hold === undefined ? null : visit.when.near(hold.expires_at),
    mayHold: places.some(({ place }) => place.hold_hours > 0 && place.free > 0),
  }
}
