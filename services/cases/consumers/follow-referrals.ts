import { sql } from 'drizzle-orm'
import { STAGES } from '../../../src/contracts/codes.ts'
import type { EventType } from '../../../src/contracts/events.ts'
import type { Consumer } from '../../../src/service.ts'

type Progress = 'referred' | 'in_service' | 'completed' | 'ended'

/** What each event says about the stage that its referral is for. */
const PROGRESS: Partial<Record<EventType, Progress>> = {
  'referrals.referral.sent.v1': 'referred',
  'referrals.referral.acknowledged.v1': 'referred',
  'referrals.referral.info_requested.v1': 'referred',
  'referrals.referral.info_answered.v1': 'referred',
  'referrals.referral.accepted.v1': 'referred',
  'referrals.referral.handed_over.v1': 'in_service',
  'referrals.referral.service_started.v1': 'in_service',
  'referrals.referral.put_on_hold.v1': 'in_service',
  'referrals.referral.resumed.v1': 'in_service',
  'referrals.referral.disputed.v1': 'in_service',
  'referrals.referral.completed.v1': 'completed',
  'referrals.referral.closed.v1': 'completed',
  'referrals.referral.declined.v1': 'ended',
  'referrals.referral.withdrawn.v1': 'ended',
  'referrals.referral.expired.v1': 'ended',
  'referrals.referral.revoked.v1': 'ended',
  'referrals.referral.ended_unserved.v1': 'ended',
  'referrals.referral.entered_in_error.v1': 'ended',
}

/** Lets a stage follow what its referrals do. */
export const followReferrals: Consumer = {
  name: 'cases-stages',
  subject: 'hub.referrals.referral.>',
  handle: async (tx, message) => {
    const { subject, object, purpose, position } = message
    const progress = PROGRESS[message.type]
    if (message.outcome !== 'ok' || progress === undefined) return
    if (subject === null || object === null) return
    if (!STAGES.some((stage) => stage === purpose)) return
    await tx.execute(
      sql`select cases.follow_referral(${subject}, ${purpose}, ${object}, ${progress}, ${position})`,
    )
  },
}
