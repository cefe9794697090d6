import type { Static } from 'typebox'
import { RETURNS } from '../../src/contracts/codes.ts'
import type { CaseRead, ReturnRead } from '../../src/contracts/case.ts'
import type {
  EntryPage,
  EntryRead,
  MonitoringCheck,
  PathwayRead,
} from '../../src/contracts/pathway.ts'
import { gapSight, type GapSight } from './gap-sight.ts'
import type { Key } from './parts/words.ts'
import type { SignedVisit } from './visit.ts'

/** One thing that somebody recorded, in words; what it says is opened by itself. */
export interface EntrySight {
  readonly entry: EntryRead
  readonly title: string
  readonly state: string | null
  readonly day: string
  readonly due: string | null
  readonly isLate: boolean
  /** Who sees to a goal, or who was there. */
  readonly agencies: string
  readonly author: string
}

export interface CheckSight {
  readonly check: Static<typeof MonitoringCheck>
  readonly due: string
  readonly isLate: boolean
}

export interface ReturnSight {
  readonly read: ReturnRead
  readonly wishAt: string | null
  readonly riskAt: string | null
}

export interface PathwaySight {
  readonly pathway: PathwayRead
  readonly gaps: readonly GapSight[]
  readonly goals: readonly EntrySight[]
  readonly latest: readonly EntrySight[]
  readonly checks: readonly CheckSight[]
  readonly manager: 'nobody' | 'you' | 'colleague'
}

export const authorOf = async (visit: SignedVisit, entry: EntryRead): Promise<string> => {
  const { me, t, names } = visit
  if (entry.author === me.id) return t('audit.you')
  if (entry.author_agency === me.agency) return t('entry.colleague')
  return await names.agency(entry.author_agency)
}

const stateKey = ({ kind, state }: EntryRead): Key | null => {
  if (state === null) return null
  if (kind === 'goal') return `goal.${state}` as Key
  return (kind === 'visit' ? `visit.${state}` : `attempt.${state}`) as Key
}

export const entrySight = async (visit: SignedVisit, entry: EntryRead): Promise<EntrySight> => {
  const { t, when, names } = visit
  const { stage, details, due_on: dueOn } = entry
  const state = stateKey(entry)
  const kind = t(`entry.${entry.kind}`)
  const owner = details.owner ?? (entry.kind === 'goal' ? entry.author_agency : undefined)
  const agencies = [...(owner === undefined ? [] : [owner]), ...(details.agencies ?? [])]
  return {
    entry,
    title: stage === null ? kind : t(`purpose.${stage}`),
    state: state === null ? null : t(state),
    day: when.day(entry.happened_at),
    due: dueOn === null ? null : when.day(dueOn),
    isLate: dueOn !== null && entry.state === 'open' && isOver(dueOn),
    agencies: (await Promise.all(agencies.map((id) => names.agency(id)))).join(', '),
    author: await authorOf(visit, entry),
  }
}

/** Days of a case are days in Jakarta. */
const isOver = (day: string): boolean => Date.parse(`${day}T23:59:59.999+07:00`) < Date.now()

export const pathwaySight = async (visit: SignedVisit, id: string): Promise<PathwaySight> => {
  const pathway = await visit.api.get<PathwayRead>(`/v1/cases/${id}/pathway`)
  const sights = (entries: readonly EntryRead[]) =>
    Promise.all(entries.map((entry) => entrySight(visit, entry)))
  const { manager } = pathway
  return {
    pathway,
    gaps: pathway.gaps.map((gap) => gapSight(visit, gap)),
    goals: await sights(pathway.goals),
    latest: await sights(pathway.latest),
    checks: pathway.monitoring.map((check) => ({
      check,
      due: visit.when.day(check.due_at),
      isLate: !check.done && Date.parse(check.due_at) < Date.now(),
    })),
    manager: manager === null ? 'nobody' : manager === visit.me.id ? 'you' : 'colleague',
  }
}

/** All three kinds of return, also those of which nothing is recorded yet. */
export const returnSights = (visit: SignedVisit, record: CaseRead): readonly ReturnSight[] =>
  RETURNS.map((purpose) => {
    const nothing = { purpose, wish: null, wish_at: null, risk: null, risk_at: null }
    const read = record.returns.find((row) => row.purpose === purpose) ?? nothing
    const dayOf = (at: string | null) => (at === null ? null : visit.when.day(at))
    return { read, wishAt: dayOf(read.wish_at), riskAt: dayOf(read.risk_at) }
  })

export const readEntries = (
  visit: SignedVisit,
  id: string,
  query: Readonly<Record<string, string>>,
): Promise<Static<typeof EntryPage>> =>
  visit.api.get(`/v1/cases/${id}/entries?${new URLSearchParams(query)}`)
