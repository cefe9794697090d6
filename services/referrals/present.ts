import { FINAL_STATES } from '../../src/contracts/lifecycle.ts'
import type { Referral } from '../../src/contracts/referral.ts'
import type { Keys } from '../../src/keys.ts'
import { pseudonymOf } from '../../src/permits.ts'
import type { ReferralRow } from './tables.ts'

const text = (instant: Date | null): string | null => instant?.toISOString() ?? null

/**
 * A referral as `reader`'s side may see it. The case stays the sender's own; what describes the
 * survivor is gone for the recipient once the referral has ended.
 */
export const presentReferral = (keys: Keys, row: ReferralRow, reader: string): Referral => {
  const isSender = reader === row.sender
  const describes = isSender || !FINAL_STATES.includes(row.state)
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    version: row.version,
    side: isSender ? 'sender' : 'recipient',
    purpose: row.purpose,
    service: row.service,
    sender: row.sender,
    recipient: row.recipient,
    urgency: row.urgency,
    basis: row.basis,
    case: isSender ? row.caseId : null,
    subject: pseudonymOf(keys, row.caseId, reader),
    categories: row.categories,
    age_band: describes ? row.ageBand : null,
    district: describes ? row.district : null,
    languages: describes ? row.languages : null,
    needs: describes ? row.needs : null,
    previous: isSender ? row.previous : null,
    reason: row.reason,
    suggested: row.suggested,
    next_step: isSender ? row.nextStep : null,
    no_next_step: isSender ? row.noNextStep : null,
    feedback: isSender ? row.feedback : null,
    due: {
      acknowledge: text(row.acknowledgeDue),
      decide: text(row.decideDue),
      answer: text(row.answerDue),
      contact: text(row.contactDue),
      start: text(row.startDue),
      review: text(row.reviewDue),
    },
    sent_at: text(row.sentAt),
    accepted_at: text(row.acceptedAt),
    changed_at: row.changedAt.toISOString(),
  }
}
