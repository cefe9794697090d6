import type { Purpose, Stage, StageState } from '../../src/contracts/codes.ts'
import { GAP_RULES, type GapRule, type Severity } from '../../src/contracts/gaps.ts'

/** Everything that the rules know of a case. Instants are milliseconds since 1970. */
export interface PathwaySnapshot {
  readonly openedAt: number
  /** A closed case has no gaps but checks that are due after its closing; a deceased one has none. */
  readonly isClosed: boolean
  readonly isDeceased: boolean
  /** Each stage that has a state, and since when it has it. */
  readonly stages: Readonly<Partial<Record<Stage, { state: StageState; since: number }>>>
  readonly referrals: readonly ReferralFact[]
  /** The first assessment on record. */
  readonly assessedAt: number | null
  /** Attempts to reach the survivor since she was last reached, oldest first. */
  readonly failedAttempts: readonly number[]
  /** Closings of hand-offs and of the case, and when monitoring visits took place. */
  readonly closings: readonly number[]
  readonly visits: readonly number[]
}

/** What one referral did, as heard from its events. It is live when sent and neither of the others. */
export interface ReferralFact {
  readonly id: string
  readonly purpose: Purpose
  readonly acceptedAt: number | null
  readonly contactDue: number | null
  readonly handedOverAt: number | null
  readonly completedAt: number | null
  readonly endedAt: number | null
  /** The final state that is no service: declined, expired… */
  readonly end: string | null
}

export interface RuleSetting {
  readonly amounts: readonly number[]
  readonly severity: Severity
  readonly isOn: boolean
}
export type RuleSettings = Readonly<Record<GapRule, RuleSetting>>

/** A gap that is there from an instant on, unless the case changes before. */
export interface Candidate {
  readonly rule: GapRule
  readonly from: number
  readonly stage: Purpose | null
  readonly referral: string | null
}

const DAY_MS = 86_400_000
/** A visit this long before a check is due counts as that check. */
const EARLY_VISIT_MS = 7 * DAY_MS
/** Of these, one that follows a return keeps the survivor from being left alone. */
const AFTER_RETURN: readonly Stage[] = ['psychosocial', 'economic', 'monitoring']
const RETURNS: readonly Purpose[] = ['repatriation', 'family_reunification']
/** Ends that say that nobody took her; what the sender or the survivor took back does not. */
const REFUSALS: readonly string[] = ['declined', 'expired', 'ended_unserved']

const isLive = (fact: ReferralFact): boolean => fact.completedAt === null && fact.endedAt === null
const latest = (instants: readonly (number | null)[]): number =>
  Math.max(-Infinity, ...instants.map((at) => at ?? -Infinity))
const ofStage = (snapshot: PathwaySnapshot, stage: Purpose): ReferralFact[] =>
  snapshot.referrals.filter((fact) => fact.purpose === stage && fact.end !== 'entered_in_error')

const neededStages = (snapshot: PathwaySnapshot): { stage: Stage; since: number }[] =>
  Object.entries(snapshot.stages)
    .filter(([, { state }]) => state === 'needed')
    .map(([stage, { since }]) => ({ stage: stage as Stage, since }))

type Found = Omit<Candidate, 'rule'>
type Rule = (snapshot: PathwaySnapshot, amounts: readonly number[]) => readonly Found[]

const needUnassigned: Rule = (snapshot, [days = 0]) =>
  neededStages(snapshot).flatMap(({ stage, since }) => {
    const referrals = ofStage(snapshot, stage)
    if (referrals.some(isLive)) return []
    const from = Math.max(since, latest(referrals.map((fact) => fact.endedAt))) + days * DAY_MS
    return [{ from, stage, referral: null }]
  })

const declinedByAll: Rule = (snapshot, [days = 0]) =>
  neededStages(snapshot).flatMap(({ stage }) => {
    const all = ofStage(snapshot, stage)
    if (all.some(isLive)) return []
    const servedAt = latest(all.map((fact) => fact.completedAt))
    const ended = all.filter((fact) => (fact.endedAt ?? -Infinity) > servedAt)
    const refused = ended.filter((fact) => REFUSALS.includes(fact.end ?? ''))
    const last = refused.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).at(-1)
    if (last === undefined) return []
    const from = latest(ended.map((fact) => fact.endedAt)) + days * DAY_MS
    return [{ from, stage, referral: last.id }]
  })

const acceptedNeverSeen: Rule = (snapshot, [days = 0]) =>
  snapshot.referrals.flatMap((fact) => {
    const { id, purpose, acceptedAt, contactDue, handedOverAt } = fact
    if (!isLive(fact) || acceptedAt === null || contactDue === null || handedOverAt !== null) {
      return []
    }
    return [{ from: contactDue + days * DAY_MS, stage: purpose, referral: id }]
  })

const noAssessment: Rule = (snapshot, [days = 0]) => {
  if (snapshot.assessedAt !== null) return []
  const assessment = snapshot.stages.assessment?.state
  if (['completed', 'not_needed', 'survivor_declined'].includes(assessment ?? '')) return []
  const identification = snapshot.stages.identification
  const isUnderWay = ['needed', 'referred', 'in_service'].includes(identification?.state ?? '')
  if (isUnderWay) return []
  const isDone = identification?.state === 'completed'
  const identifiedAt = isDone ? identification.since : snapshot.openedAt
  return [{ from: identifiedAt + days * DAY_MS, stage: 'assessment', referral: null }]
}

const returnedNothingNext: Rule = (snapshot, [days = 0]) => {
  const isCared = AFTER_RETURN.some((stage) =>
    ['referred', 'in_service', 'completed', 'survivor_declined'].includes(
      snapshot.stages[stage]?.state ?? '',
    ),
  )
  if (isCared) return []
  const returns = snapshot.referrals
    .filter((fact) => RETURNS.includes(fact.purpose) && fact.completedAt !== null)
    .toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0))
  const [first] = returns
  if (first === undefined) return []
  // Care that was there and ended held the rule back until then.
  const endings = AFTER_RETURN.flatMap((stage) =>
    ofStage(snapshot, stage).map((fact) => fact.endedAt),
  )
  const from = Math.max((first.completedAt ?? 0) + days * DAY_MS, latest(endings))
  return [{ from, stage: first.purpose, referral: first.id }]
}

const monitoringOverdue: Rule = (snapshot, amounts) => {
  if (snapshot.stages.monitoring?.state === 'survivor_declined') return []
  const due = checksDue(snapshot.closings, amounts).find(
    (check) => !isCheckDone(check, snapshot.visits),
  )
  return due === undefined ? [] : [{ from: due.due, stage: 'monitoring', referral: null }]
}

const reachedNobody: Rule = (snapshot, [times = 1]) => {
  const from = snapshot.failedAttempts[times - 1]
  return from === undefined ? [] : [{ from, stage: null, referral: null }]
}

/** When checks are due after closings, the earliest first. */
export const checksDue = (
  closings: readonly number[],
  days: readonly number[],
): { closing: number; days: number; due: number }[] =>
  closings
    .flatMap((closing) =>
      days.map((each) => ({ closing, days: each, due: closing + each * DAY_MS })),
    )
    .toSorted((a, b) => a.due - b.due)

/** A check is done when somebody visited from a week before it was due on. */
export const isCheckDone = (
  check: { readonly closing: number; readonly due: number },
  visits: readonly number[],
): boolean => visits.some((at) => at >= check.due - EARLY_VISIT_MS && at >= check.closing)

interface RuleRow {
  readonly find: Rule
  /** Stays when the case is closed. */
  readonly outlivesCase?: true
}

/** The rules of the pathway: pure, each by itself, in no order. */
export const RULES: Readonly<Record<GapRule, RuleRow>> = {
  need_unassigned: { find: needUnassigned },
  declined_by_all: { find: declinedByAll },
  accepted_never_seen: { find: acceptedNeverSeen },
  no_assessment: { find: noAssessment },
  returned_nothing_next: { find: returnedNothingNext },
  monitoring_overdue: { find: monitoringOverdue, outlivesCase: true },
  reached_nobody: { find: reachedNobody },
}

/** Which gap a candidate is: the same key, the same gap. */
export const keyOfGap = ({ rule, stage, referral }: Candidate): string => {
  const about = rule === 'accepted_never_seen' ? referral : stage
  const isOnePerCase = rule === 'returned_nothing_next' || rule === 'reached_nobody'
  return isOnePerCase || about === null ? rule : `${rule}/${about}`
}

export interface Evaluation {
  readonly gaps: readonly Candidate[]
  /** When a further gap opens if nothing changes; null: never. */
  readonly dueAt: number | null
}

/** Which gaps a case has at an instant, and when to look again. */
export const evaluate = (
  snapshot: PathwaySnapshot,
  now: number,
  settings: RuleSettings,
): Evaluation => {
  const candidates = GAP_RULES.flatMap((rule): Candidate[] => {
    const { find, outlivesCase = false } = RULES[rule]
    const { isOn, amounts } = settings[rule]
    if (!isOn || snapshot.isDeceased || (snapshot.isClosed && !outlivesCase)) return []
    return find(snapshot, amounts).map((found) => ({ rule, ...found }))
  })
  const later = candidates.filter((gap) => gap.from > now).map((gap) => gap.from)
  return {
    gaps: candidates.filter((gap) => gap.from <= now),
    dueAt: later.length === 0 ? null : Math.min(...later),
  }
}

/** What the rules are set to until a hub sets them otherwise. */
export const DEFAULT_SETTINGS: RuleSettings = {
  need_unassigned: { amounts: [7], severity: 'medium', isOn: true },
  declined_by_all: { amounts: [0], severity: 'high', isOn: true },
  accepted_never_seen: { amounts: [0], severity: 'high', isOn: true },
  no_assessment: { amounts: [14], severity: 'medium', isOn: true },
  returned_nothing_next: { amounts: [14], severity: 'high', isOn: true },
  monitoring_overdue: { amounts: [30, 90, 180], severity: 'medium', isOn: true },
  reached_nobody: { amounts: [3], severity: 'high', isOn: true },
}
