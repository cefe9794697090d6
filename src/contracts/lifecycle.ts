import type { Urgency } from './codes.ts'

/**
 * The lifecycle of a referral as one table. Routes, `decide()` and the SQL functions are given
 * what this table says; none repeats it.
 */
export const REFERRAL_STATES = [
  'draft',
  'sent',
  'acknowledged',
  'info_requested',
  'accepted',
  'handed_over',
  'in_service',
  'on_hold',
  'completed',
  'closed',
  'declined',
  'withdrawn',
  'expired',
  'revoked',
  'ended_unserved',
  'entered_in_error',
] as const
export type ReferralState = (typeof REFERRAL_STATES)[number]

export const FINAL_STATES: readonly ReferralState[] = [
  'closed',
  'declined',
  'withdrawn',
  'expired',
  'revoked',
  'ended_unserved',
  'entered_in_error',
]

export const DECLINE_REASONS = [
  'no_capacity',
  'waitlist_only',
  'not_eligible',
  'outside_mandate',
  'outside_area',
  'insufficient_info',
  'cannot_meet_special_need',
  'safety_risk_at_site',
  'conflict_of_interest',
  'duplicate',
  'already_served',
  'survivor_declined',
  'other',
] as const
export const WITHDRAW_REASONS = [
  'survivor_changed_mind',
  'need_met_elsewhere',
  'wrong_recipient',
  'no_response_reroute',
  'safety_concern',
  'survivor_relocated',
  'duplicate',
  'other',
] as const
export const UNSERVED_REASONS = [
  'unreachable_safely',
  'no_show',
  'survivor_disengaged',
  'service_discontinued',
  'eligibility_lost',
  'detained_or_missing',
  'other',
] as const
export const DISPUTE_REASONS = [
  'not_delivered',
  'partly_delivered',
  'survivor_says_otherwise',
  'other',
] as const
export const CLOSE_REASONS = [
  'service_completed',
  'partly_completed',
  'referred_onward',
  'case_transferred',
  'relocated',
  'no_longer_needed',
  'deceased',
  'other',
] as const
/** What the survivor says of the service when a referral is closed, or why nobody could ask. */
export const FEEDBACK = [
  'helped',
  'helped_in_part',
  'did_not_help',
  'rather_not_say',
  'not_asked_unsafe',
  'not_asked_unreachable',
] as const
/** Why nothing follows on the pathway when a referral is closed. */
export const NO_NEXT_STEP_REASONS = [
  'pathway_complete',
  'survivor_declined',
  'served_elsewhere',
  'relocated',
  'cannot_be_reached',
  'deceased',
  'other',
] as const
export const EXPIRE_REASONS = ['no_acknowledgement', 'no_decision', 'no_information'] as const
export const REVOKE_REASONS = ['this_referral', 'this_agency', 'all_sharing'] as const

/** Reasons that only a supervisor may give. */
export const SUPERVISOR_REASONS: readonly string[] = ['safety_risk_at_site', 'conflict_of_interest']

/** `sender` and `recipient` are the two agencies; `clock` and `consent` are the hub itself. */
export type Side = 'sender' | 'recipient' | 'clock' | 'consent'

export interface Transition {
  readonly from: readonly ReferralState[]
  readonly to: ReferralState
  readonly by: Side
  /** Past tense used in the event: `referrals.referral.<event>.v1`. */
  readonly event: string
  readonly reasons?: readonly string[]
  readonly supervisorOnly?: true
  /** Only referrals of these urgencies; absent: of all. */
  readonly urgencies?: readonly Urgency[]
}

export const TRANSITIONS = {
  send: { from: ['draft'], to: 'sent', by: 'sender', event: 'sent' },
  acknowledge: { from: ['sent'], to: 'acknowledged', by: 'recipient', event: 'acknowledged' },
  ask: { from: ['acknowledged'], to: 'info_requested', by: 'recipient', event: 'info_requested' },
  answer: { from: ['info_requested'], to: 'acknowledged', by: 'sender', event: 'info_answered' },
  accept: { from: ['acknowledged'], to: 'accepted', by: 'recipient', event: 'accepted' },
  decline: {
    from: ['acknowledged'],
    to: 'declined',
    by: 'recipient',
    event: 'declined',
    reasons: DECLINE_REASONS,
  },
  withdraw: {
    from: ['sent', 'acknowledged', 'info_requested', 'accepted'],
    to: 'withdrawn',
    by: 'sender',
    event: 'withdrawn',
    reasons: WITHDRAW_REASONS,
  },
  hand_over: { from: ['accepted'], to: 'handed_over', by: 'recipient', event: 'handed_over' },
  start: { from: ['handed_over'], to: 'in_service', by: 'recipient', event: 'service_started' },
  hold: {
    from: ['handed_over', 'in_service'],
    to: 'on_hold',
    by: 'recipient',
    event: 'put_on_hold',
  },
  resume: { from: ['on_hold'], to: 'in_service', by: 'recipient', event: 'resumed' },
  complete: { from: ['in_service'], to: 'completed', by: 'recipient', event: 'completed' },
  dispute: {
    from: ['completed'],
    to: 'in_service',
    by: 'sender',
    event: 'disputed',
    reasons: DISPUTE_REASONS,
  },
  close: {
    from: ['completed'],
    to: 'closed',
    by: 'sender',
    event: 'closed',
    reasons: CLOSE_REASONS,
  },
  end_unserved: {
    from: ['accepted', 'handed_over', 'in_service', 'on_hold'],
    to: 'ended_unserved',
    by: 'recipient',
    event: 'ended_unserved',
    reasons: UNSERVED_REASONS,
  },
  expire: {
    from: ['sent', 'acknowledged', 'info_requested'],
    to: 'expired',
    by: 'clock',
    event: 'expired',
    reasons: EXPIRE_REASONS,
    // An emergency never expires: people are alarmed until somebody acts.
    urgencies: ['urgent', 'normal'],
  },
  revoke: {
    from: [
      'sent',
      'acknowledged',
      'info_requested',
      'accepted',
      'handed_over',
      'in_service',
      'on_hold',
    ],
    to: 'revoked',
    by: 'consent',
    event: 'revoked',
    reasons: REVOKE_REASONS,
  },
  mark_error: {
    from: [
      'draft',
      'sent',
      'acknowledged',
      'info_requested',
      'accepted',
      'handed_over',
      'in_service',
      'on_hold',
      'completed',
    ],
    to: 'entered_in_error',
    by: 'sender',
    event: 'entered_in_error',
    supervisorOnly: true,
  },
} as const satisfies Record<string, Transition>
export type Verb = keyof typeof TRANSITIONS

/** States in which the recipient may open the package. */
export const OPENABLE_STATES: readonly ReferralState[] = [
  'accepted',
  'handed_over',
  'in_service',
  'on_hold',
]

/** States before the survivor arrives: what can still be stopped without taking anything from her. */
export const BEFORE_ARRIVAL: readonly ReferralState[] = [
  'sent',
  'acknowledged',
  'info_requested',
  'accepted',
]
