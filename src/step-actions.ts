import type { StepVerb } from './contracts/referral.ts'
import type { Action } from './decide.ts'

/** Which authority a step needs; who stands on which side is the lifecycle table's matter. */
export const ACTION_OF: Readonly<Record<StepVerb, Action>> = {
  acknowledge: 'referral.receive',
  ask: 'referral.receive',
  answer: 'referral.follow',
  accept: 'referral.serve',
  decline: 'referral.serve',
  withdraw: 'referral.follow',
  hand_over: 'referral.serve',
  start: 'referral.serve',
  hold: 'referral.serve',
  resume: 'referral.serve',
  complete: 'referral.serve',
  dispute: 'referral.follow',
  close: 'referral.follow',
  end_unserved: 'referral.serve',
  mark_error: 'referral.follow',
}
