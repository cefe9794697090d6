import { sql } from 'drizzle-orm'
import { STAGES } from '../../../src/contracts/codes.ts'
import type { EventType } from '../../../src/contracts/events.ts'
import type { Consumer } from '../../../src/service.ts'
import { withGaps } from '../watch-gaps.ts'

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

/** `referrals.referral.handed_over.v1`: handed_over. */
const verbOf = (type: EventType): string => type.split('.')[2] ?? ''

/** Lets a stage, and the gaps of its case, follow what its referrals do. */
export const followReferrals: Consumer = {
  name: 'cases-stages',
  subject: 'hub.referrals.referral.>',
  handle: async (tx, message) => {
    const { subject, object, purpose, position, at, reason, data } = message
    const progress = PROGRESS[message.type]
    if (message.outcome !== 'ok' || progress === undefined) return
    if (subject === null || object === null) return
    const event = {
      case: subject,
      referral: object,
      purpose,
      is_stage: STAGES.some((stage) => stage === purpose),
      verb: verbOf(message.type),
      progress,
      at,
      position,
      reason,
      urgency: data?.['urgency'] ?? null,
      service: data?.['service'] ?? null,
      contact_due: data?.['contact_due'] ?? null,
    }
    await tx.execute(sql`select id from cases.hold_case(${subject})`)
    await withGaps(tx, subject, new Date(at), async () => {
      await tx.execute(sql`select cases.follow_referral(${JSON.stringify(event)}::text::jsonb)`)
    })
  },
}
