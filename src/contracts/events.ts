/**
 * Every event that can enter the journal, registered once: `<service>.<noun>.<verb-past>.v<n>`.
 * An event carries ids and codes, never text that a person wrote.
 */
export const EVENTS = [
  'identity.person.signed_in.v1',
  'identity.person.signed_out.v1',
  'identity.person.sign_in_refused.v1',
  'identity.person.authenticated_again.v1',
  'identity.person.registered.v1',
  'identity.person.invited.v1',
  'identity.account.made.v1',
  'identity.sessions.ended.v1',
  'identity.proposal.made.v1',
  'identity.proposal.approved.v1',
  'identity.proposal.carried_out.v1',
  'identity.proposal.rejected.v1',
  'identity.change.refused.v1',
  'identity.person.changed.v1',
  'identity.client.registered.v1',
  'identity.client.changed.v1',
  'directory.agency.created.v1',
  'directory.agency.changed.v1',
  'directory.service.created.v1',
  'directory.service.changed.v1',
  'directory.capacity.changed.v1',
  'directory.hold.placed.v1',
  'directory.hold.released.v1',
  'directory.hold.expired.v1',
  'directory.listing.previewed.v1',
  'directory.listing.imported.v1',
  'directory.change.refused.v1',
  'cases.case.opened.v1',
  'cases.case.changed.v1',
  'cases.case.transferred.v1',
  'cases.data.written.v1',
  'cases.data.opened.v1',
  'cases.stage.set.v1',
  'cases.stage.followed.v1',
  'cases.own_wish.recorded.v1',
  'cases.risk_assessment.recorded.v1',
  'cases.do_not_send.changed.v1',
  'cases.case.closed.v1',
  'cases.case.reopened.v1',
  'cases.case.taken_charge_of.v1',
  'cases.entry.recorded.v1',
  'cases.entry.changed.v1',
  'cases.entry.opened.v1',
  'cases.gap.opened.v1',
  'cases.gap.closed.v1',
  'cases.gap_rule.changed.v1',
  'cases.case.exported.v1',
  'cases.import.previewed.v1',
  'cases.import.confirmed.v1',
  'cases.import.landed.v1',
  'cases.import.cancelled.v1',
  'cases.import.expired.v1',
  'cases.case.refused.v1',
  'consent.statement.recorded.v1',
  'consent.statement.distrusted.v1',
  'consent.lawful_basis.recorded.v1',
  'consent.lawful_basis.ended.v1',
  'consent.grant.withdrawn.v1',
  'consent.grant.ended.v1',
  'consent.stop_order.issued.v1',
  'consent.stop_order.confirmed.v1',
  'consent.security_event.confirmed.v1',
  'consent.event_stream.changed.v1',
  'consent.permit_key.changed.v1',
  'consent.agency_key.changed.v1',
  'consent.change.refused.v1',
  'referrals.referral.drafted.v1',
  'referrals.referral.sent.v1',
  'referrals.referral.acknowledged.v1',
  'referrals.referral.info_requested.v1',
  'referrals.referral.info_answered.v1',
  'referrals.referral.accepted.v1',
  'referrals.referral.declined.v1',
  'referrals.referral.withdrawn.v1',
  'referrals.referral.handed_over.v1',
  'referrals.referral.service_started.v1',
  'referrals.referral.put_on_hold.v1',
  'referrals.referral.resumed.v1',
  'referrals.referral.completed.v1',
  'referrals.referral.disputed.v1',
  'referrals.referral.closed.v1',
  'referrals.referral.ended_unserved.v1',
  'referrals.referral.expired.v1',
  'referrals.referral.revoked.v1',
  'referrals.referral.narrowed.v1',
  'referrals.referral.reassigned.v1',
  'referrals.referral.review_called.v1',
  'referrals.referral.entered_in_error.v1',
  'referrals.referral.draft_purged.v1',
  'referrals.referral.refused.v1',
  'referrals.clock.reminded.v1',
  'referrals.clock.overdue.v1',
  'referrals.clock.escalated.v1',
  'referrals.arrival.missed.v1',
  'referrals.review.due.v1',
  'referrals.feedback.owed.v1',
  'referrals.follow_up.due.v1',
  'referrals.agreement.changed.v1',
  'referrals.phone_link.made.v1',
  'referrals.arrival_code.renewed.v1',
  'referrals.package.opened.v1',
  'referrals.break_glass.asked.v1',
  'referrals.break_glass.approved.v1',
  'referrals.break_glass.opened.v1',
  'referrals.break_glass.words_opened.v1',
  'referrals.break_glass.ended.v1',
  'referrals.break_glass.reviewed.v1',
  'referrals.break_glass.review_overdue.v1',
  'referrals.permit.issued.v1',
  'referrals.note.opened.v1',
  'messages.message.sent.v1',
  'messages.message.opened.v1',
  'messages.message.retracted.v1',
  'messages.message.refused.v1',
  'messages.colleague.mentioned.v1',
  'messages.attachment.added.v1',
  'messages.attachment.opened.v1',
  'audit.trail.read.v1',
  'audit.trail.refused.v1',
  'audit.subject.erased.v1',
  'audit.entry.reviewed.v1',
  'audit.reason.asked.v1',
  'audit.reason.given.v1',
  'audit.rule.changed.v1',
  'notifications.feed.refused.v1',
  'notifications.notice.undelivered.v1',
  'notifications.task.done.v1',
  'notifications.hosts.registered.v1',
] as const
export type EventType = (typeof EVENTS)[number]

export type Outcome = 'ok' | 'refused' | 'failed'

/** What a service hands to `journal.append()`; the hub adds id, time, actor and agency. */
export interface JournalEvent {
  readonly type: EventType
  readonly outcome?: Outcome
  /** Agencies in whose feed the entry appears. The actor's own agency is always among them. */
  readonly concerned?: readonly string[]
  /** The case that the entry is about. */
  readonly subject?: string
  /** The referral, statement, service… that the entry is about. */
  readonly object?: string
  readonly purpose?: string
  readonly categories?: readonly string[]
  readonly reason?: string
  readonly data?: Readonly<Record<string, string | number | boolean | readonly string[] | null>>
}

/** What an agency's feed and its live connection carry. Ids and codes only. */
export interface FeedItem {
  /** Gap-free number within the agency's feed, from 1. */
  readonly n: number
  readonly type: EventType
  /** Journal entry id. */
  readonly id: string
  readonly at: string
  readonly outcome: Outcome
  readonly agency: string | null
  readonly object: string | null
  readonly data: JournalEvent['data']
}
