import type { Stage, StageState } from '../../src/contracts/codes.ts'
import {
  DEFAULT_SETTINGS,
  evaluate,
  keyOfGap,
  type PathwaySnapshot,
  type ReferralFact,
} from '../../services/cases/gap-rules.ts'
import type { PathwayEvent, ReferralVerb, SimulatedCase } from './pathway-year.ts'

/** A gap over time, by what it is about and the instants at which it opened and closed. */
export interface Interval {
  readonly key: string
  readonly openedAt: number
  closedAt: number | null
}

interface Known extends ReferralFact {
  readonly progress: 'referred' | 'in_service' | 'completed' | 'ended'
}

const PROGRESS: Readonly<Record<ReferralVerb, Known['progress']>> = {
  sent: 'referred',
  acknowledged: 'referred',
  accepted: 'referred',
  handed_over: 'in_service',
  completed: 'completed',
  closed: 'completed',
  declined: 'ended',
  expired: 'ended',
  withdrawn: 'ended',
  ended_unserved: 'ended',
}

/** A case as its events leave it, for the rules alone: what the database does for real cases. */
export class ModelCase {
  readonly referrals = new Map<string, Known>()
  readonly stages = new Map<Stage, { state: StageState; since: number; byHub: boolean }>()
  readonly closings: number[] = []
  readonly visits: number[] = []
  failedAttempts: number[] = []
  assessedAt: number | null = null
  openedAt = 0

  apply(event: PathwayEvent): void {
    const { at } = event
    if (event.kind === 'opened') this.openedAt = at
    if (event.kind === 'assessed') this.assessedAt ??= at
    if (event.kind === 'visited') this.visits.push(at)
    if (event.kind === 'failed_attempt') this.failedAttempts.push(at)
    if (event.kind === 'reached' || event.kind === 'visited') this.failedAttempts = []
    if (event.kind === 'set') {
      this.stages.set(event.stage, { state: event.state, since: at, byHub: false })
    }
    if (event.kind === 'referral') this.#move(event)
  }

  #move(event: Extract<PathwayEvent, { kind: 'referral' }>): void {
    const { at, verb, referral: id, purpose } = event
    const old = this.referrals.get(id)
    const progress = PROGRESS[verb]
    const first = (was: number | null | undefined, is: boolean): number | null =>
      was ?? (is ? at : null)
    this.referrals.set(id, {
      id,
      purpose,
      progress,
      acceptedAt: first(old?.acceptedAt, verb === 'accepted'),
      contactDue: event.contactDue ?? old?.contactDue ?? null,
      handedOverAt: first(old?.handedOverAt, verb === 'handed_over'),
      completedAt: first(old?.completedAt, verb === 'completed'),
      endedAt: progress === 'ended' ? at : null,
      end: progress === 'ended' ? verb : null,
    })
    if (verb === 'closed') this.closings.push(at)
    if (purpose === 'repatriation' || old?.progress === progress) return
    const stage = purpose as Stage
    const was = this.stages.get(stage)
    const all = [...this.referrals.values()].filter((fact) => fact.purpose === purpose)
    const has = (wanted: Known['progress']): boolean => all.some((fact) => fact.progress === wanted)
    const order = ['in_service', 'referred', 'completed'] as const
    const state = order.find(has) ?? 'needed'
    if (was?.state === state) return
    if (progress === 'ended' && ['needed', 'completed'].includes(state) && was?.byHub === false) {
      return
    }
    this.stages.set(stage, { state, since: at, byHub: true })
  }

  snapshot(): PathwaySnapshot {
    return {
      openedAt: this.openedAt,
      isClosed: false,
      isDeceased: false,
      stages: Object.fromEntries(this.stages),
      referrals: [...this.referrals.values()],
      assessedAt: this.assessedAt,
      failedAttempts: this.failedAttempts,
      closings: this.closings,
      visits: this.visits,
    }
  }
}

/** Lives a case through: its gaps, as the rules find them on each event and when they are due. */
export const liveThrough = (simulated: SimulatedCase, until: number): Interval[] => {
  const model = new ModelCase()
  const intervals: Interval[] = []
  const open = new Map<string, Interval>()
  const look = (at: number): number | null => {
    const { gaps, dueAt } = evaluate(model.snapshot(), at, DEFAULT_SETTINGS)
    const keys = new Set(gaps.map(keyOfGap))
    for (const [key, interval] of open) {
      if (keys.has(key)) continue
      interval.closedAt = at
      open.delete(key)
    }
    for (const key of keys) {
      if (open.has(key)) continue
      const interval: Interval = { key, openedAt: at, closedAt: null }
      open.set(key, interval)
      intervals.push(interval)
    }
    return dueAt
  }
  let dueAt: number | null = null
  const catchUp = (to: number): void => {
    while (dueAt !== null && dueAt <= to) dueAt = look(dueAt)
  }
  for (const event of simulated.events) {
    catchUp(event.at)
    model.apply(event)
    dueAt = look(event.at)
  }
  catchUp(until)
  return intervals
}
