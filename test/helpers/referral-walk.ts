import fc from 'fast-check'
import {
  isOver,
  REASONS,
  plainReason,
  ROLES,
  sideOf,
  VERBS,
  waysFrom,
  type Asked,
  type Asker,
  type Model,
  type ModelVerb,
} from './referral-model.ts'

const SLIPS = ['verb', 'by', 'version', 'reason', 'note', 'days', 'code'] as const

/** Chances of one step of a walk; what they mean depends on the state that it comes to. */
export interface Chance {
  readonly does: 'move' | 'open' | 'expire' | 'withdraw' | 'consent' | 'retry' | 'renew' | 'read'
  readonly luck: number
  /** What goes wrong on purpose; null: a step that should succeed. */
  readonly slip: (typeof SLIPS)[number] | null
  readonly verb: ModelVerb
  /** The step to take, whatever luck says. */
  readonly must?: ModelVerb
  readonly by: Asker
  readonly versionOff: number
  readonly reason: string
  readonly hasNote: boolean
  readonly holdDays: number
  readonly urgency: Model['urgency']
  readonly kind: Model['kind']
}

const ANY_REASON = [...new Set(Object.values(REASONS).flat().map(plainReason)), 'nonsense']

export const asker: fc.Arbitrary<Asker> = fc.record({
  side: fc.constantFrom('sender', 'recipient', 'recipient', 'other'),
  role: fc.constantFrom(...ROLES),
})

const does: fc.Arbitrary<Chance['does']> = fc.oneof(
  { weight: 24, arbitrary: fc.constant<Chance['does']>('move') },
  { weight: 4, arbitrary: fc.constant<Chance['does']>('open') },
  { weight: 1, arbitrary: fc.constant<Chance['does']>('expire') },
  { weight: 1, arbitrary: fc.constant<Chance['does']>('withdraw') },
  { weight: 1, arbitrary: fc.constant<Chance['does']>('consent') },
  { weight: 2, arbitrary: fc.constant<Chance['does']>('retry') },
  { weight: 1, arbitrary: fc.constant<Chance['does']>('renew') },
  { weight: 2, arbitrary: fc.constant<Chance['does']>('read') },
)

export const chance: fc.Arbitrary<Chance> = fc.record({
  does,
  luck: fc.nat(999),
  slip: fc.oneof(
    { weight: 7, arbitrary: fc.constant(null) },
    { weight: 4, arbitrary: fc.constantFrom(...SLIPS) },
  ),
  verb: fc.constantFrom(...VERBS),
  by: asker,
  versionOff: fc.constantFrom(-1, 1, 7),
  reason: fc.constantFrom(...ANY_REASON),
  hasNote: fc.boolean(),
  holdDays: fc.constantFrom(-1, 0.01, 13.9, 14.1, 400),
  urgency: fc.constantFrom('emergency', 'urgent', 'normal'),
  kind: fc.constantFrom('referral', 'referral', 'referral', 'transfer'),
})

const pick = <T>(all: readonly T[], luck: number): T => all[luck % all.length] as T

const RIGHT_ROLES = ['worker', 'system', 'supervisor'] as const

/** A step that this state allows, more often one that does not end it; any one when it is over. */
const aptVerb = (model: Model, { luck, verb }: Chance): ModelVerb => {
  const ways = waysFrom(model.state).filter(([each]) => each !== 'revoke' && each !== 'expire')
  const verbs = ways.map(([each]) => each as ModelVerb)
  const onward = verbs.filter((_, index) => !isOver(ways[index]?.[1] ?? model.state))
  return verbs.length === 0 ? verb : pick([...onward, ...verbs, ...onward], luck)
}

/** The step that a chance means here: an apt one, with at most one thing wrong. */
export const stepOf = (model: Model, given: Chance): Asked => {
  const { slip, luck } = given
  const verb = given.must ?? (slip === 'verb' ? given.verb : aptVerb(model, given))
  const known = REASONS[verb]
  const starred = known === undefined ? null : pick(known, luck)
  const isForSupervisor = verb === 'mark_error' || starred?.endsWith('*') === true
  const by: Asker = {
    side: sideOf(verb),
    role: isForSupervisor ? 'supervisor' : pick(RIGHT_ROLES, luck >> 3),
  }
  const reason = starred === null ? null : plainReason(starred)
  return {
    verb,
    by: slip === 'by' ? given.by : by,
    version: model.version + (slip === 'version' ? given.versionOff : 0),
    reason: slip === 'reason' && reason !== null ? given.reason : reason,
    hasNote: slip === 'note' ? given.hasNote : true,
    holdDays: slip === 'days' ? given.holdDays : 7,
    hasRightCode: slip !== 'code',
  }
}

const TAKES_NOTE: readonly ModelVerb[] = [
  'ask',
  'answer',
  'decline',
  'withdraw',
  'hold',
  'complete',
  'dispute',
  'close',
  'end_unserved',
  'mark_error',
]

/** The body of POST /v1/referrals/{id}/{verb}. */
export const bodyOf = (asked: Asked, code: string): object => ({
  version: asked.version,
  ...(asked.reason === null ? {} : { reason: asked.reason }),
  ...(asked.hasNote && TAKES_NOTE.includes(asked.verb) ? { note: 'Ditulis oleh petugas.' } : {}),
  ...(asked.verb === 'hold'
    ? { review_at: new Date(Date.now() + asked.holdDays * 86_400_000).toISOString() }
    : {}),
  ...(asked.verb === 'hand_over'
    ? { arrival_code: asked.hasRightCode ? code : code === 'AAAAAA' ? 'BBBBBB' : 'AAAAAA' }
    : {}),
  ...(asked.verb === 'close'
    ? { feedback: 'helped', next_step: 'none', no_next_step: 'pathway_complete' }
    : {}),
  ...(asked.verb === 'ask' ? { questions: [{ topic: 'languages' }] } : {}),
  ...(asked.verb === 'answer' ? { answers: [{ topic: 'languages', answer: 'yes' }] } : {}),
})

/** Event of each step, past tense. */
export const EVENT_OF: Readonly<Record<ModelVerb | 'revoke' | 'expire', string>> = {
  send: 'sent',
  acknowledge: 'acknowledged',
  ask: 'info_requested',
  answer: 'info_answered',
  accept: 'accepted',
  decline: 'declined',
  withdraw: 'withdrawn',
  hand_over: 'handed_over',
  start: 'service_started',
  hold: 'put_on_hold',
  resume: 'resumed',
  complete: 'completed',
  dispute: 'disputed',
  close: 'closed',
  end_unserved: 'ended_unserved',
  mark_error: 'entered_in_error',
  revoke: 'revoked',
  expire: 'expired',
}

export const mayRetry = (model: Model): boolean =>
  isOver(model.state) && model.isConsented && model.owner === 'sender'
