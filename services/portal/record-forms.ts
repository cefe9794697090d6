import { DateTime } from 'luxon'
import { CATEGORIES, STAGES, type Category, type Stage } from '../../src/contracts/codes.ts'
import { SETTABLE_STATES, type StageRead } from '../../src/contracts/case.ts'
import { codesOf, homesOf, htcdsField } from '../../src/contracts/htcds.ts'
import { ENTRY_PATHS, type EntryKind } from '../../src/contracts/pathway.ts'
import { parseLines } from './data-lines.ts'
import { dayOf, endOfDay } from './form-dates.ts'
import type { Wrong } from './parts/fields.tsx'
import type { Form, SignedVisit } from './visit.ts'
import { HUB_ZONE } from './when.ts'

export const RECORD_PATHS = Object.values(ENTRY_PATHS)
export const kindOf = (path: string): EntryKind | undefined =>
  (Object.keys(ENTRY_PATHS) as EntryKind[]).find((kind) => ENTRY_PATHS[kind] === path)

/** Fields of HTCDS 2.0 that an assessment asks for by their codes; others are written as lines. */
const CODED = [
  'prs_Gender',
  'prs_MaritalStatus',
  'prs_HighestLevelOfEducation',
  'vic_TraffickingStatus',
  'vic_RelationshipToTrafficker',
  'vic_MethodOfRecruitment',
  'vic_MethodsOfControl',
  'vic_TypeOfExploitation',
  'vic_ForcedLabourIndustry',
  'vic_TypeOfSexExploitation',
  'vic_Vulnerabilities',
] as const
export type CodedField = (typeof CODED)[number]

export const isList = (field: CodedField): boolean =>
  htcdsField(field)?.type === 'Multiselect Picklist'

export const codedFields = (category: Category): readonly CodedField[] =>
  CODED.filter((field) => homesOf(field).includes(category))

/** What a safety plan is asked for, by plain names. */
export const PLAN_PARTS = [
  'warning_signs',
  'safe_places',
  'safe_people',
  'first_steps',
  'take_along',
] as const

/** A day from now, as days of cases are counted: `YYYY-MM-DD` in Jakarta. */
export const inDays = (days: number): string =>
  DateTime.now().setZone(HUB_ZONE).plus({ days }).toISODate() ?? ''
export const today = (): string => inDays(0)

/** The fields of a day that is offered, for `DayFields`. */
export const dayFields = (name: string, day: string): ((field: string) => string | undefined) => {
  const [year, month, date] = day.split('-')
  const parts = { year, month: String(Number(month)), day: String(Number(date)) }
  return (field) => parts[field.slice(name.length + 1) as keyof typeof parts]
}

/** Stages that a person sets: those that no referral has in hand. */
export const settableStages = (stages: readonly StageRead[]): readonly Stage[] =>
  STAGES.filter((stage) => {
    const state = stages.find((row) => row.stage === stage)?.state ?? 'not_assessed'
    return (SETTABLE_STATES as readonly string[]).includes(state)
  })

type Body = Readonly<Record<string, unknown>>

/** The body of a record, or what of the form cannot be read. */
type Made = Body | readonly Wrong[]
export const isWrong = (made: Made): made is readonly Wrong[] => Array.isArray(made)

interface Findings {
  readonly found: Readonly<Record<string, Body>>
  readonly wrong: readonly Wrong[]
}

const findingsOf = (visit: SignedVisit, form: Form): Findings => {
  const found: Record<string, Body> = {}
  const wrong: Wrong[] = []
  for (const category of CATEGORIES) {
    const field = `findings.${category}`
    const text = form.text(field)
    const said = text === undefined ? {} : parseLines(text)
    if (said === null) wrong.push({ field, message: visit.t('casedata.wrong') })
    const coded = codedFields(category).flatMap((name): [string, unknown][] => {
      const known = codesOf(name) ?? []
      const chosen = form.list(name).filter((code) => known.includes(code))
      if (chosen.length === 0) return []
      return [[name, isList(name) ? chosen : chosen[0]]]
    })
    const all = { ...said, ...Object.fromEntries(coded) }
    if (Object.keys(all).length > 0) found[category] = all
  }
  return { found, wrong }
}

/** `stage.<stage>`: a state, or `not_needed/<reason>`. */
const stagesOf = (form: Form): Body[] =>
  STAGES.flatMap((stage) => {
    const [state, reason] = (form.text(`stage.${stage}`) ?? '').split('/')
    if (state === undefined || state === '') return []
    return [{ stage, state, ...(reason === undefined ? {} : { reason }) }]
  })

const assessment = (visit: SignedVisit, form: Form): Made => {
  const { found: findings, wrong } = findingsOf(visit, form)
  if (wrong.length > 0) return wrong
  if (Object.keys(findings).length === 0) {
    return [{ field: 'findings.identity', message: visit.t('entry.assessment.lacks') }]
  }
  const stages = stagesOf(form)
  return {
    assessed_on: dayOf(form, 'assessed_on') ?? '',
    method: form.text('method') ?? '',
    findings,
    ...(stages.length === 0 ? {} : { stages }),
  }
}

const some = (form: Form, ...names: readonly string[]): Body =>
  Object.fromEntries(
    names.flatMap((name) => {
      const text = form.text(name)
      return text === undefined ? [] : [[name, text]]
    }),
  )

/** The body of each record out of its form; the API judges it. */
const MAKE: Readonly<Record<EntryKind, (visit: SignedVisit, form: Form) => Made>> = {
  assessment,
  goal: (_visit, form) => ({
    stage: form.text('stage') ?? '',
    goal: form.text('goal') ?? '',
    due_on: dayOf(form, 'due_on') ?? '',
    ...some(form, 'actions', 'owner'),
  }),
  conference: (_visit, form) => ({
    held_on: dayOf(form, 'held_on') ?? '',
    agencies: form.list('agencies'),
    notes: form.text('notes') ?? '',
    ...some(form, 'decisions'),
  }),
  safety_plan: (visit, form) => {
    const plan = some(form, ...PLAN_PARTS)
    if (Object.keys(plan).length === 0) {
      return [{ field: PLAN_PARTS[0], message: visit.t('entry.safety_plan.lacks') }]
    }
    return { plan, review_on: dayOf(form, 'review_on') ?? '' }
  },
  contact_attempt: (visit, form) => {
    const day = endOfDay(form, 'attempted_at', visit.when.zone)
    const now = new Date().toISOString()
    return {
      attempted_at: day === undefined || dayOf(form, 'attempted_at') === today() ? now : day,
      channel: form.text('channel') ?? '',
      outcome: form.text('outcome') ?? '',
      ...some(form, 'note'),
    }
  },
  visit: (_visit, form) => ({
    visited_on: dayOf(form, 'visited_on') ?? '',
    outcome: form.text('outcome') ?? '',
    ...some(form, 'note'),
  }),
}

export const bodyOf = (kind: EntryKind, visit: SignedVisit, form: Form): Made =>
  MAKE[kind](visit, form)

/** Names the field of the form that an error of the API is about: `findings.legal.x` is of `findings.legal`. */
export const ofForm = (wrong: readonly Wrong[]): readonly Wrong[] =>
  wrong.map(({ field, message }) => {
    const [first, category, ...rest] = field.split('.')
    if (first === 'findings' && category !== undefined && rest.length > 0) {
      return { field: `findings.${category}`, message: `${rest.join('.')}: ${message}` }
    }
    return { field, message }
  })
