import { sql } from 'drizzle-orm'
import type { EventType } from '../../../src/contracts/events.ts'
import type { Consumer } from '../../../src/service.ts'

type Step = 'sent' | 'answered' | 'excused'

/** What each event says about how a recipient answers; an expiry answers nothing. */
const STEPS: Partial<Record<EventType, Step>> = {
  'referrals.referral.sent.v1': 'sent',
  'referrals.referral.acknowledged.v1': 'answered',
  'referrals.referral.info_requested.v1': 'answered',
  'referrals.referral.accepted.v1': 'answered',
  'referrals.referral.declined.v1': 'answered',
  'referrals.referral.withdrawn.v1': 'excused',
  'referrals.referral.revoked.v1': 'excused',
  'referrals.referral.entered_in_error.v1': 'excused',
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Keeps count of how often and how fast each agency answers. */
export const hearAnswers: Consumer = {
  name: 'directory-answers',
  subject: 'hub.referrals.referral.>',
  handle: async (tx, { type, outcome, object, at, data }) => {
    const step = STEPS[type]
    if (step === undefined || outcome !== 'ok' || object === null) return
    await tx.execute(sql`
      select directory.hear_referral(${object}, ${step}, ${at}, ${textOf(data?.['service'])},
        ${textOf(data?.['urgency'])})`)
  },
}
