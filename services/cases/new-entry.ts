import { CATEGORIES, type Category, type Stage } from '../../src/contracts/codes.ts'
import { DATA_LIMIT_BYTES, type StageSetting } from '../../src/contracts/case.ts'
import { checkHtcds } from '../../src/contracts/htcds.ts'
import type { EntryBody, EntryDetails, EntryKind } from '../../src/contracts/pathway.ts'
import { Problem, type FieldError } from '../../src/problem.ts'
import { stageListErrors } from './stage-setting.ts'

type Sealed = Partial<Record<Category, Readonly<Record<string, unknown>>>>

/** An entry before it is written: what stays open, what is sealed, and what it says of stages. */
export interface NewEntry {
  readonly happenedAt: Date
  readonly details: EntryDetails
  readonly sealed: Sealed
  readonly stage?: Stage
  readonly state?: string
  readonly dueOn?: string
  readonly stages?: readonly (StageSetting & { readonly stage: Stage })[]
}

const NOT_AHEAD = {
  id: 'Tidak boleh di masa depan.',
  en: 'It cannot lie in the future.',
}
const NOT_BEHIND = {
  id: 'Sebutkan hari ini atau sesudahnya.',
  en: 'Name today or a later day.',
}
const SKEW_MS = 5 * 60_000

/** The calendar day in Jakarta. */
const dayOf = (at: Date): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Jakarta' }).format(at)

/** The last moment of a day in Jakarta, or now when the day is not over. */
const endOfDay = (day: string, now: Date): Date =>
  new Date(Math.min(now.getTime(), Date.parse(`${day}T23:59:59.999+07:00`)))

class Errors {
  readonly found: FieldError[] = []
  notAhead(field: string, isAhead: boolean): void {
    if (isAhead) this.found.push({ field, message: NOT_AHEAD })
  }
  notBehind(field: string, isBehind: boolean): void {
    if (isBehind) this.found.push({ field, message: NOT_BEHIND })
  }
}

const narrative = (fields: Readonly<Record<string, string | undefined>>): Sealed => {
  const said = Object.entries(fields).filter(([, words]) => words !== undefined)
  return said.length === 0 ? {} : { narrative: Object.fromEntries(said) }
}

type Make<K extends EntryKind> = (body: EntryBody<K>, now: Date, errors: Errors) => NewEntry

const MAKE: { readonly [K in EntryKind]: Make<K> } = {
  assessment: ({ assessed_on: day, method, findings, stages = [] }, now, errors) => {
    errors.notAhead('assessed_on', day > dayOf(now))
    errors.found.push(...stageListErrors(stages, now))
    return { happenedAt: endOfDay(day, now), details: { method }, sealed: findings, stages }
  },
  goal: ({ stage, goal, actions, owner, due_on: dueOn }, now, errors) => {
    errors.notBehind('due_on', dueOn < dayOf(now))
    const sealed = narrative({ spl_Objectives: goal, spl_ActionPlan: actions })
    const details = owner === undefined ? {} : { owner }
    return { happenedAt: now, stage, state: 'open', dueOn, details, sealed }
  },
  conference: ({ held_on: day, agencies, notes, decisions }, now, errors) => {
    errors.notAhead('held_on', day > dayOf(now))
    const sealed = narrative({ notes, decisions })
    return { happenedAt: endOfDay(day, now), details: { agencies }, sealed }
  },
  safety_plan: ({ plan, review_on: dueOn }, now, errors) => {
    errors.notBehind('review_on', dueOn < dayOf(now))
    return { happenedAt: now, dueOn, details: {}, sealed: { safety: plan } }
  },
  contact_attempt: ({ attempted_at: at, channel, outcome, note }, now, errors) => {
    const happenedAt = new Date(at)
    errors.notAhead('attempted_at', happenedAt.getTime() > now.getTime() + SKEW_MS)
    return { happenedAt, state: outcome, details: { channel }, sealed: narrative({ note }) }
  },
  visit: ({ visited_on: day, outcome, note }, now, errors) => {
    errors.notAhead('visited_on', day > dayOf(now))
    return {
      happenedAt: endOfDay(day, now),
      state: outcome,
      details: {},
      sealed: narrative({ note }),
    }
  },
}

const PATH_OF: Partial<Record<EntryKind, (category: Category) => string>> = {
  assessment: (category) => `findings.${category}`,
  safety_plan: () => 'plan',
}

/** @throws Problem invalid_request or data_too_large, naming the field */
export const newEntry = <K extends EntryKind>(kind: K, body: EntryBody<K>, now: Date): NewEntry => {
  const errors = new Errors()
  const made = MAKE[kind](body, now, errors)
  const pathOf = PATH_OF[kind]
  for (const category of CATEGORIES) {
    const data = made.sealed[category]
    if (data === undefined) continue
    if (Buffer.byteLength(JSON.stringify(data)) > DATA_LIMIT_BYTES) {
      throw new Problem('data_too_large')
    }
    if (pathOf === undefined) continue
    const wrong = checkHtcds(category, data)
    errors.found.push(
      ...wrong.map((error) => ({ ...error, field: `${pathOf(category)}.${error.field}` })),
    )
  }
  if (errors.found.length > 0) {
    throw new Problem('invalid_request', { errors: errors.found.slice(0, 20) })
  }
  return made
}
