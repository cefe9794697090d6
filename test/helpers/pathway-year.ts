import type { Purpose, Stage } from '../../src/contracts/codes.ts'

/** What can happen to a case in a simulated year. Instants are milliseconds since 1970. */
export type PathwayEvent = { readonly at: number } & (
  | { readonly kind: 'opened' | 'assessed' | 'visited' | 'failed_attempt' | 'reached' }
  | {
      readonly kind: 'set'
      readonly stage: Stage
      readonly state: 'needed' | 'not_needed' | 'survivor_declined'
    }
  | {
      readonly kind: 'referral'
      readonly referral: string
      readonly purpose: Purpose
      readonly verb: ReferralVerb
      /** With `accepted` alone. */
      readonly contactDue?: number
    }
)
export type ReferralVerb =
  | 'sent'
  | 'acknowledged'
  | 'accepted'
  | 'handed_over'
  | 'completed'
  | 'closed'
  | 'declined'
  | 'expired'
  | 'withdrawn'
  | 'ended_unserved'

/** How a fictional case goes after everything before its return went well. */
export const FATES = [
  'complete',
  'stops',
  'needed_and_forgotten',
  'turned_away',
  'care_breaks_off',
  'late_care',
  'survivor_declined',
  'never_assessed',
  'never_seen',
  'never_visited',
  'cannot_be_reached',
] as const
export type Fate = (typeof FATES)[number]
/** The fates in which help ends with the return. */
export const STOPS: Partial<Record<Fate, true>> = {
  stops: true,
  needed_and_forgotten: true,
  turned_away: true,
  care_breaks_off: true,
}

export interface SimulatedCase {
  readonly id: string
  readonly fate: Fate
  readonly events: readonly PathwayEvent[]
  readonly returnedAt: number
}

export const DAY = 86_400_000
export const YEAR_START = Date.UTC(2026, 0, 1)
export const YEAR_END = YEAR_START + 365 * DAY

/** Seeded random numbers in [0, 1) (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Ids that the same seed makes again. */
const idFrom = (random: () => number): string => {
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
}

class Story {
  readonly events: PathwayEvent[] = []
  readonly random: () => number
  at: number
  constructor(random: () => number, start: number) {
    this.random = random
    this.at = start
  }
  /** Lets between `least` and `most` days pass. */
  wait(least: number, most: number): this {
    this.at += Math.floor((least + this.random() * (most - least)) * DAY)
    return this
  }
  add(kind: 'opened' | 'assessed' | 'visited' | 'failed_attempt' | 'reached'): this {
    this.events.push({ at: this.at, kind })
    return this
  }
  set(stage: Stage, state: 'needed' | 'not_needed' | 'survivor_declined'): this {
    this.events.push({ at: this.at, kind: 'set', stage, state })
    return this
  }
  refer(purpose: Purpose): (verb: ReferralVerb) => void {
    const referral = idFrom(this.random)
    return (verb) => {
      const contactDue = verb === 'accepted' ? { contactDue: this.at + 14 * DAY } : {}
      this.events.push({ at: this.at, kind: 'referral', referral, purpose, verb, ...contactDue })
    }
  }
  /** A hand-off that goes well and is closed, within about a month. */
  serve(purpose: Purpose, upTo: ReferralVerb = 'closed'): this {
    const step = this.refer(purpose)
    for (const verb of ['sent', 'acknowledged', 'accepted', 'handed_over'] as const) {
      step(verb)
      if (verb === upTo) return this
      this.wait(0.05, 1.5)
    }
    this.wait(3, 20)
    for (const verb of ['completed', 'closed'] as const) {
      step(verb)
      if (verb === upTo) return this
      this.wait(0.1, 6)
    }
    return this
  }
}

/** Visits on every check that closings up to now will ask for, with a few days of play. */
const visitAfterwards = (story: Story): void => {
  const closings = story.events.filter(
    (event) => event.kind === 'referral' && event.verb === 'closed',
  )
  for (const { at } of closings) {
    for (const days of [30, 90, 180]) {
      const visitAt = at + days * DAY - Math.floor(story.random() * 5 * DAY)
      if (visitAt < YEAR_END) story.events.push({ at: visitAt, kind: 'visited' })
    }
  }
}

const LATER: Readonly<Record<Fate, (story: Story, returnedAt: number) => void>> = {
  complete: (story) => {
    story.wait(0.5, 4)
    const stage = (['psychosocial', 'economic', 'monitoring'] as const)[
      Math.floor(story.random() * 3)
    ] as Stage
    story.set(stage, 'needed').wait(0.3, 2).serve(stage)
  },
  stops: () => {},
  needed_and_forgotten: (story) => {
    story.wait(1, 5).set('economic', 'needed')
  },
  turned_away: (story) => {
    story.wait(0.5, 1.5).set('psychosocial', 'needed')
    for (let tries = 1 + Math.floor(story.random() * 3); tries > 0; tries -= 1) {
      const step = story.wait(0.3, 0.8).refer('psychosocial')
      step('sent')
      story.wait(0.1, 0.5)
      step(story.random() < 0.7 ? 'declined' : 'expired')
    }
  },
  care_breaks_off: (story) => {
    const step = story.wait(0.5, 3).refer('psychosocial')
    step('sent')
    story.wait(0.1, 1)
    step('accepted')
    story.wait(0.5, 4)
    step('handed_over')
    story.wait(20, 40)
    step('ended_unserved')
  },
  late_care: (story, returnedAt) => {
    story.at = returnedAt
    story.wait(16, 30).serve('economic')
  },
  survivor_declined: (story) => {
    story.wait(1, 6).set('psychosocial', 'survivor_declined')
  },
  never_assessed: (story) => {
    story.wait(1, 6).serve('monitoring')
  },
  never_seen: (story) => {
    story.wait(1, 6).serve('psychosocial', 'accepted')
  },
  never_visited: (story) => {
    story.wait(1, 6).serve('monitoring')
  },
  cannot_be_reached: (story) => {
    story.wait(1, 6).serve('monitoring')
    const failures = 2 + Math.floor(story.random() * 4)
    for (let n = 0; n < failures; n += 1) story.wait(0.5, 3).add('failed_attempt')
    if (story.random() < 0.5) story.wait(1, 9).add('reached')
  },
}

const simulateCase = (random: () => number, fate: Fate): SimulatedCase => {
  const id = idFrom(random)
  const story = new Story(random, YEAR_START + Math.floor(random() * 200 * DAY))
  story.add('opened').set('shelter', 'needed')
  story.wait(1, 6)
  if (fate !== 'never_assessed') story.add('assessed')
  story.serve('shelter').wait(0.5, 4).serve('repatriation')
  const returned = story.events.find(
    (event) =>
      event.kind === 'referral' && event.purpose === 'repatriation' && event.verb === 'completed',
  )
  const returnedAt = returned?.at ?? 0
  LATER[fate](story, returnedAt)
  if (fate !== 'never_visited') visitAfterwards(story)
  const events = story.events.filter((event) => event.at < YEAR_END).toSorted((a, b) => a.at - b.at)
  return { id, fate, events, returnedAt }
}

/** Fictional cases, the same for the same seed; half of them complete. */
export const simulateYear = (seed: number, count: number): SimulatedCase[] => {
  const random = randomFrom(seed)
  return Array.from({ length: count }, () => {
    const fate = random() < 0.5 ? 'complete' : FATES[Math.floor(random() * FATES.length)]
    return simulateCase(random, fate ?? 'complete')
  })
}
