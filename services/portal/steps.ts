import type { Actor } from '../../src/actor.ts'
import {
  CLOSE_REASONS,
  DECLINE_REASONS,
  DISPUTE_REASONS,
  SUPERVISOR_REASONS,
  UNSERVED_REASONS,
  WITHDRAW_REASONS,
} from '../../src/contracts/lifecycle.ts'
import type { Referral, StepVerb } from '../../src/contracts/referral.ts'
import { decide } from '../../src/decide.ts'
import { ACTION_OF } from '../../src/step-actions.ts'
import type { Self } from './visit.ts'

/** What a step's page asks for. */
export type Ask =
  | 'questions'
  | 'answers'
  | 'reason'
  | 'note'
  | 'note_optional'
  | 'suggested'
  | 'code'
  | 'review'
  | 'next_step'
  | 'feedback'

export interface Step {
  readonly verb: StepVerb
  /** Last part of the page's path. */
  readonly path: string
  readonly asks: readonly Ask[]
  readonly reasons: readonly string[]
}

const step = (verb: StepVerb, asks: readonly Ask[], reasons: readonly string[] = []): Step => ({
  verb,
  path: verb.replace('_', '-'),
  asks,
  reasons,
})

/** In the order in which a page offers them; the first that a side may take is its main one. */
export const STEPS: readonly Step[] = [
  step('accept', []),
  step('ask', ['questions', 'note_optional']),
  step('decline', ['reason', 'note_optional', 'suggested'], DECLINE_REASONS),
  step('acknowledge', []),
  step('hand_over', ['code']),
  step('start', []),
  step('complete', ['note_optional']),
  step('resume', []),
  step('hold', ['review', 'note_optional']),
  step('answer', ['answers', 'note_optional']),
  step('close', ['reason', 'feedback', 'next_step', 'note_optional'], CLOSE_REASONS),
  step('dispute', ['reason', 'note_optional'], DISPUTE_REASONS),
  step('withdraw', ['reason', 'note_optional'], WITHDRAW_REASONS),
  step('end_unserved', ['reason', 'note_optional'], UNSERVED_REASONS),
  step('mark_error', ['note']),
]

export const actorOf = (me: Self): Actor => ({
  kind: 'person',
  id: me.id,
  agency: me.agency,
  roles: me.roles,
  scopes: [],
})

type Seen = Pick<Referral, 'state' | 'sender' | 'recipient' | 'urgency'>

const may = (me: Self, { state, sender, recipient, urgency }: Seen, each: Step): boolean => {
  const reason = each.reasons.find((code) => !SUPERVISOR_REASONS.includes(code))
  const target = { kind: 'referral', sender, recipient, state, urgency, verb: each.verb } as const
  const asked = reason === undefined ? target : { ...target, reason }
  return decide(actorOf(me), ACTION_OF[each.verb], asked).allow
}

/** A referral that nobody acknowledged yet is acknowledged on the way to an answer. */
const AFTER_SEEING: readonly StepVerb[] = ['accept', 'ask', 'decline']

export const needsAcknowledging = (state: Referral['state'], verb: StepVerb): boolean =>
  state === 'sent' && AFTER_SEEING.includes(verb)

/** What this person may do next, by the very rules that the API decides by. */
export const stepsFor = (me: Self, referral: Seen): readonly Step[] =>
  STEPS.filter(
    (each) =>
      may(me, referral, each) ||
      (needsAcknowledging(referral.state, each.verb) &&
        may(me, { ...referral, state: 'acknowledged' }, each)),
  )

/** Reasons that this person may give; some are a supervisor's alone. */
export const reasonsFor = (me: Self, each: Step): readonly string[] =>
  each.reasons.filter(
    (code) => !SUPERVISOR_REASONS.includes(code) || me.roles.includes('supervisor'),
  )
