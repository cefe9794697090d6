import type { Interval } from './pathway-model.ts'
import { DAY, type PathwayEvent, type ReferralVerb, type SimulatedCase } from './pathway-year.ts'

// Judges a year from its raw events, by the sentences of the rules, and shares no code with them:
// at every instant at which anything could change, it asks whether the sentence holds.

type ReferralEvent = Extract<PathwayEvent, { kind: 'referral' }>
type SetEvent = Extract<PathwayEvent, { kind: 'set' }>

const ENDS: readonly ReferralVerb[] = ['declined', 'expired', 'withdrawn', 'ended_unserved']

class Judge {
  readonly events: readonly PathwayEvent[]
  readonly steps: readonly ReferralEvent[]
  constructor(events: readonly PathwayEvent[]) {
    this.events = events
    this.steps = events.filter((event) => event.kind === 'referral')
  }

  stepOf(referral: string, verbs: readonly ReferralVerb[], to: number): ReferralEvent | undefined {
    return this.steps.find(
      (step) => step.referral === referral && verbs.includes(step.verb) && step.at <= to,
    )
  }
  isLive(referral: string, at: number): boolean {
    return (
      this.stepOf(referral, ['sent'], at) !== undefined &&
      this.stepOf(referral, ['completed', ...ENDS], at) === undefined
    )
  }
  referralsFor(purpose: string, to: number): string[] {
    const found = this.steps.filter((step) => step.purpose === purpose && step.at <= to)
    return [...new Set(found.map((step) => step.referral))]
  }
  lastSaid(stage: string, to: number): SetEvent | undefined {
    const said = this.events.filter((event) => event.kind === 'set' && event.at <= to)
    return (said as SetEvent[]).findLast((event) => event.stage === stage)
  }
  /** In hand, done or wished away: whatever makes a stage no open need. */
  isNeeded(stage: string, at: number): boolean {
    const all = this.referralsFor(stage, at)
    if (all.some((id) => this.isLive(id, at))) return false
    if (all.some((id) => this.stepOf(id, ['completed'], at) !== undefined)) return false
    const said = this.lastSaid(stage, at)
    return said === undefined ? all.length > 0 : said.state === 'needed'
  }

  need_unassigned(stage: string, at: number): boolean {
    const began = at - 7 * DAY
    const moments = [
      began,
      ...this.events.map((event) => event.at).filter((each) => each > began && each <= at),
    ]
    return moments.every((moment) => this.isNeeded(stage, moment))
  }
  declined_by_all(stage: string, at: number): boolean {
    const all = this.referralsFor(stage, at)
    const refusals: readonly ReferralVerb[] = ['declined', 'expired', 'ended_unserved']
    return (
      this.isNeeded(stage, at) &&
      all.every((id) => this.stepOf(id, ENDS, at) !== undefined) &&
      all.some((id) => this.stepOf(id, refusals, at) !== undefined)
    )
  }
  accepted_never_seen(referral: string, at: number): boolean {
    const accepted = this.stepOf(referral, ['accepted'], at)
    return (
      accepted?.contactDue !== undefined &&
      accepted.contactDue <= at &&
      this.isLive(referral, at) &&
      this.stepOf(referral, ['handed_over'], at) === undefined
    )
  }
  no_assessment(_stage: string, at: number): boolean {
    const has = (kind: string, to: number): boolean =>
      this.events.some((event) => event.kind === kind && event.at <= to)
    return has('opened', at - 14 * DAY) && !has('assessed', at)
  }
  returned_nothing_next(_none: string, at: number): boolean {
    const returned = this.steps.some(
      (step) =>
        step.purpose === 'repatriation' && step.verb === 'completed' && step.at <= at - 14 * DAY,
    )
    const isCared = ['psychosocial', 'economic', 'monitoring'].some(
      (stage) =>
        this.lastSaid(stage, at)?.state === 'survivor_declined' ||
        this.referralsFor(stage, at).some(
          (id) => this.isLive(id, at) || this.stepOf(id, ['completed'], at) !== undefined,
        ),
    )
    return returned && !isCared
  }
  monitoring_overdue(_stage: string, at: number): boolean {
    const closings = this.steps.filter((step) => step.verb === 'closed' && step.at <= at)
    return closings.some((closing) =>
      [30, 90, 180].some((days) => {
        const due = closing.at + days * DAY
        const isVisited = this.events.some(
          (event) => event.kind === 'visited' && event.at >= due - 7 * DAY && event.at <= at,
        )
        return due <= at && !isVisited
      }),
    )
  }
  reached_nobody(_none: string, at: number): boolean {
    const ways = this.events.filter(
      (event) => ['failed_attempt', 'reached', 'visited'].includes(event.kind) && event.at <= at,
    )
    return ways.length >= 3 && ways.slice(-3).every((event) => event.kind === 'failed_attempt')
  }
}

/** When each gap was there in a case's year. */
export const judge = ({ events }: SimulatedCase, until: number): Interval[] => {
  const judgeOf = new Judge(events)
  const spans = [0, 7, 14, 30, 90, 180].map((days) => days * DAY)
  const instants = new Set(events.flatMap((event) => spans.map((span) => event.at + span)))
  for (const step of judgeOf.steps) if (step.contactDue !== undefined) instants.add(step.contactDue)
  const ordered = [...instants].filter((at) => at <= until).toSorted((a, b) => a - b)
  const stages = new Set(
    events.flatMap((event) =>
      event.kind === 'set' ? [event.stage] : event.kind === 'referral' ? [event.purpose] : [],
    ),
  )
  stages.delete('repatriation')
  const subjects = [
    ...[...stages].flatMap((stage) => [
      ['need_unassigned', stage, `need_unassigned/${stage}`] as const,
      ['declined_by_all', stage, `declined_by_all/${stage}`] as const,
    ]),
    ...[...new Set(judgeOf.steps.map((step) => step.referral))].map(
      (id) => ['accepted_never_seen', id, `accepted_never_seen/${id}`] as const,
    ),
    ['no_assessment', '', 'no_assessment/assessment'] as const,
    ['returned_nothing_next', '', 'returned_nothing_next'] as const,
    ['monitoring_overdue', '', 'monitoring_overdue/monitoring'] as const,
    ['reached_nobody', '', 'reached_nobody'] as const,
  ]
  return subjects.flatMap(([rule, about, key]) => {
    const intervals: Interval[] = []
    for (const at of ordered) {
      const last = intervals.at(-1)
      const isOpen = last?.closedAt === null
      const holds = judgeOf[rule](about, at)
      if (holds && !isOpen) intervals.push({ key, openedAt: at, closedAt: null })
      if (!holds && isOpen) last.closedAt = at
    }
    return intervals
  })
}
