/**
 * The lifecycle of a referral as the domain document says it, written a second time: the hub's own
 * table MUST NOT be imported here.
 */
export const STATES = [
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
export type State = (typeof STATES)[number]

export const VERBS = [
  'send',
  'acknowledge',
  'ask',
  'answer',
  'accept',
  'decline',
  'withdraw',
  'hand_over',
  'start',
  'hold',
  'resume',
  'complete',
  'dispute',
  'close',
  'end_unserved',
  'mark_error',
] as const
export type ModelVerb = (typeof VERBS)[number]

type Way = readonly [verb: ModelVerb | 'revoke' | 'expire', to: State]

/** From each state: which step leads where. The first is the way forward. */
const WAYS: Readonly<Record<State, readonly Way[]>> = {
  draft: [
    ['send', 'sent'],
    ['mark_error', 'entered_in_error'],
  ],
  sent: [
    ['acknowledge', 'acknowledged'],
    ['withdraw', 'withdrawn'],
    ['revoke', 'revoked'],
    ['expire', 'expired'],
    ['mark_error', 'entered_in_error'],
  ],
  acknowledged: [
    ['accept', 'accepted'],
    ['ask', 'info_requested'],
    ['decline', 'declined'],
    ['withdraw', 'withdrawn'],
    ['revoke', 'revoked'],
    ['expire', 'expired'],
    ['mark_error', 'entered_in_error'],
  ],
  info_requested: [
    ['answer', 'acknowledged'],
    ['withdraw', 'withdrawn'],
    ['revoke', 'revoked'],
    ['expire', 'expired'],
    ['mark_error', 'entered_in_error'],
  ],
  accepted: [
    ['hand_over', 'handed_over'],
    ['withdraw', 'withdrawn'],
    ['revoke', 'revoked'],
    ['end_unserved', 'ended_unserved'],
    ['mark_error', 'entered_in_error'],
  ],
  handed_over: [
    ['start', 'in_service'],
    ['hold', 'on_hold'],
    ['revoke', 'revoked'],
    ['end_unserved', 'ended_unserved'],
    ['mark_error', 'entered_in_error'],
  ],
  in_service: [
    ['complete', 'completed'],
    ['hold', 'on_hold'],
    ['revoke', 'revoked'],
    ['end_unserved', 'ended_unserved'],
    ['mark_error', 'entered_in_error'],
  ],
  on_hold: [
    ['resume', 'in_service'],
    ['revoke', 'revoked'],
    ['end_unserved', 'ended_unserved'],
    ['mark_error', 'entered_in_error'],
  ],
  completed: [
    ['close', 'closed'],
    ['dispute', 'in_service'],
    ['mark_error', 'entered_in_error'],
  ],
  closed: [],
  declined: [],
  withdrawn: [],
  expired: [],
  revoked: [],
  ended_unserved: [],
  entered_in_error: [],
}

export const waysFrom = (state: State): readonly Way[] => WAYS[state]
export const isOver = (state: State): boolean => WAYS[state].length === 0
export const destination = (state: State, verb: Way[0]): State | undefined =>
  WAYS[state].find((way) => way[0] === verb)?.[1]

const SENDERS: readonly ModelVerb[] = [
  'send',
  'answer',
  'withdraw',
  'dispute',
  'close',
  'mark_error',
]
export const sideOf = (verb: ModelVerb): 'sender' | 'recipient' =>
  SENDERS.includes(verb) ? 'sender' : 'recipient'

/** Of its own agency: what an intake worker may do; everything else needs a case worker. */
const FOR_INTAKE: readonly ModelVerb[] = ['acknowledge', 'ask']
const TOWARDS_SURVIVOR: readonly ModelVerb[] = ['accept', 'hand_over', 'start', 'resume', 'dispute']
const NEEDS_WORDS: readonly ModelVerb[] = ['mark_error']
export const OPENABLE: readonly State[] = ['accepted', 'handed_over', 'in_service', 'on_hold']
export const MAX_TRIES = 10

/** A star: supervisors only. */
export const REASONS: Readonly<Partial<Record<ModelVerb, readonly string[]>>> = {
  decline: (
    'no_capacity waitlist_only not_eligible outside_mandate outside_area insufficient_info ' +
    'cannot_meet_special_need safety_risk_at_site* conflict_of_interest* duplicate ' +
    'already_served survivor_declined other'
  ).split(' '),
  withdraw: (
    'survivor_changed_mind need_met_elsewhere wrong_recipient no_response_reroute ' +
    'safety_concern survivor_relocated duplicate other'
  ).split(' '),
  end_unserved: (
    'unreachable_safely no_show survivor_disengaged service_discontinued eligibility_lost ' +
    'detained_or_missing other'
  ).split(' '),
  dispute: 'not_delivered partly_delivered survivor_says_otherwise other'.split(' '),
  close: (
    'service_completed partly_completed referred_onward case_transferred relocated ' +
    'no_longer_needed deceased other'
  ).split(' '),
}
export const plainReason = (reason: string): string => reason.replace('*', '')

export const ROLES = ['intake', 'worker', 'supervisor', 'reviewer', 'system'] as const
/** Who asks: of which agency, in which role. */
export interface Asker {
  readonly side: 'sender' | 'recipient' | 'other'
  readonly role: (typeof ROLES)[number]
}
const WORKS: readonly Asker['role'][] = ['worker', 'supervisor', 'system']
export const mayTake = (role: Asker['role'], verb: ModelVerb): boolean =>
  WORKS.includes(role) || (role === 'intake' && FOR_INTAKE.includes(verb))

export interface Model {
  id: string
  caseId: string
  state: State
  version: number
  urgency: 'emergency' | 'urgent' | 'normal'
  kind: 'referral' | 'transfer'
  wasSent: boolean
  /** Whose case it is. */
  owner: 'sender' | 'recipient'
  isConsented: boolean
  misses: number
}

/** One step as somebody asks for it. */
export interface Asked {
  readonly verb: ModelVerb
  readonly by: Asker
  readonly version: number
  readonly reason: string | null
  readonly hasNote: boolean
  readonly holdDays: number
  readonly hasRightCode: boolean
}

export const isForeign = (model: Model, by: Asker): boolean =>
  by.side === 'other' || (by.side === 'recipient' && !model.wasSent)

const supervisors = ({ verb, reason }: Asked): boolean =>
  verb === 'mark_error' ||
  (verb === 'decline' && (REASONS.decline ?? []).includes(`${reason ?? ''}*`))

/** Every answer that this step may be refused with; empty: it MUST succeed. */
export const refusalsOf = (model: Model, asked: Asked): readonly string[] => {
  const { verb, by } = asked
  if (!mayTake(by.role, verb)) return ['403 not_permitted']
  const reasons = REASONS[verb]?.map(plainReason)
  if (reasons !== undefined && !reasons.includes(asked.reason ?? '')) return ['400 invalid_request']
  if (NEEDS_WORDS.includes(verb) && !asked.hasNote) return ['400 invalid_request']
  if (asked.version < 1) return ['400 invalid_request']
  if (isForeign(model, by) || (verb === 'send' && by.side !== 'sender')) return ['404 not_found']
  const found = new Set<string>()
  if (by.side !== sideOf(verb)) found.add('403 not_permitted')
  if (supervisors(asked) && by.role !== 'supervisor') found.add('403 not_permitted')
  const isOnward = TOWARDS_SURVIVOR.includes(verb)
  if (model.state === 'revoked' && isOnward) found.add('409 consent_ended')
  else if (destination(model.state, verb) === undefined) found.add('409 version_conflict')
  if (asked.version !== model.version) found.add('409 version_conflict')
  if (asked.reason === 'other' && !asked.hasNote) found.add('422 note_required')
  if (verb === 'hold' && !(asked.holdDays > 0 && asked.holdDays <= 14)) found.add('422 review_date')
  if (verb === 'hand_over') {
    if (model.misses >= MAX_TRIES) found.add('409 arrival_code_locked')
    else if (!asked.hasRightCode) found.add('422 arrival_code_wrong')
  }
  if (!model.isConsented && TOWARDS_SURVIVOR.includes(verb)) found.add('409 consent_ended')
  if (verb === 'send') {
    if (!model.isConsented) found.add('422 consent_missing')
    if (model.owner !== 'sender') found.add('422 case_unknown')
  }
  return [...found]
}
