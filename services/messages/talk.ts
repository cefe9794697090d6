import { OPENABLE_STATES } from '../../src/contracts/lifecycle.ts'
import { type Attempt, foreign, refusal } from '../../src/request.ts'

/**
 * Between whom: the two agencies of a `referral`; the owner of a `case` and an agency `with` whom it
 * is served; or the same two as that agency names them, which knows no case: by its referral (`via`).
 */
export type Talk =
  | { readonly referral: string }
  | { readonly case: string; readonly with: string; readonly owned: true }
  | { readonly via: string }

/** What a caller who stands at a referral means. */
export const talkAt = (referral: string, to: 'partner' | 'owner' = 'partner'): Talk =>
  to === 'owner' ? { via: referral } : { referral }

/** What the owner of a case means. */
export const talkAbout = (about: string, other: string): Talk => ({
  case: about,
  with: other,
  owned: true,
})

/** States in which two agencies may talk: those in which a package is open. */
export const states = OPENABLE_STATES

/** What `referrals.hold_talk` says of two agencies that want to talk. */
export type Verdict = 'ok' | 'absent' | 'state' | 'consent_ended' | 'held_back' | 'not_in_package'

const PROBLEM_OF: Readonly<Record<Exclude<Verdict, 'ok' | 'absent'>, string>> = {
  state: 'conversation_closed',
  consent_ended: 'consent_ended',
  held_back: 'sender_must_review',
  not_in_package: 'category_not_shared',
}

/** @throws Problem, on the record, unless the two may talk now */
export const demandTalk = (verdict: Verdict, attempt: Attempt, state: string | null): void => {
  if (verdict === 'ok') return
  if (verdict === 'absent') throw foreign(attempt)
  const isRevoked = verdict === 'state' && state === 'revoked'
  const members = state === null ? {} : { state }
  throw refusal(isRevoked ? 'consent_ended' : PROBLEM_OF[verdict], attempt, { members })
}
