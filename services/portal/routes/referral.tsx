import { Type } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { TRANSITIONS } from '../../../src/contracts/lifecycle.ts'
import { STEP_BODIES, type StepVerb } from '../../../src/contracts/referral.ts'
import { talkOn } from '../conversation.ts'
import { mayRead, talkOf, unreadOf } from '../message-sight.ts'
import type { PortalRoute } from '../page.ts'
import { ReferralPage } from '../pages/referral.tsx'
import { referralPlace } from '../referral-place.ts'
import { readReferral, sightOf, type Detail } from '../referral-sight.ts'
import type { SignedVisit } from '../visit.ts'

const Schema = {
  params: Type.Object({ id: Id }),
  querystring: Type.Object({
    done: Type.Optional(oneOf([...(Object.keys(STEP_BODIES) as StepVerb[]), 'send'])),
  }),
}

/** Messages that the reader has not read; null: these are not for this reader, or there is no talk. */
const newMessages = async (visit: SignedVisit, row: Detail): Promise<number | null> => {
  if (!mayRead(visit) || row.accepted_at === null) return null
  return unreadOf(await talkOf(visit, await talkOn(visit, row), null))
}

/** One referral, as its reader's side sees it. */
export const referral: PortalRoute = (portal) => {
  portal.get('/referrals/:id', Schema, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const { done = null } = visit.request.query as { done?: StepVerb | 'send' }
    const row = await readReferral(visit, id)
    // What was done is told for as long as it is what is true.
    const isTrue = done !== null && TRANSITIONS[done].to === row.state
    const [sight, unread, place] = await Promise.all([
      sightOf(visit, row, isTrue ? done : null),
      newMessages(visit, row),
      referralPlace(visit, row),
    ])
    return {
      kind: 'page',
      title: 'referral.title',
      place: 'referrals',
      isLive: true,
      body: <ReferralPage sight={sight} unread={unread} place={place} />,
    }
  })
}
