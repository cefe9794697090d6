import { Type, type Static } from 'typebox'
import { CATEGORIES, Id, oneOf, type Category } from '../../../src/contracts/codes.ts'
import { ENTRY_KINDS, type EntryKind, type OpenedEntry } from '../../../src/contracts/pathway.ts'
import { Problem } from '../../../src/problem.ts'
import { agencyOptions } from '../agencies.ts'
import { readCase } from '../case-sight.ts'
import { dayOf } from '../form-dates.ts'
import type { PortalRoute } from '../page.ts'
import { EntriesPage, GoalPage } from '../pages/entries.tsx'
import { AskToOpenPage, OpenedPage } from '../pages/open-data.tsx'
import { RecordPage } from '../pages/record.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { entrySight, readEntries } from '../pathway-sight.ts'
import { bodyOf, isWrong, kindOf, ofForm, RECORD_PATHS, settableStages } from '../record-forms.ts'
import { goTo, pageIn, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const RecordParams = { params: Type.Object({ id: Id, kind: oneOf(RECORD_PATHS) }) }
const EntryParams = { params: Type.Object({ id: Id, entry: Id }) }
const DataParams = {
  params: Type.Object({ id: Id, entry: Id, category: oneOf(CATEGORIES) }),
}
const ListParams = {
  params: Type.Object({ id: Id }),
  querystring: Type.Object({
    kind: Type.Optional(oneOf(ENTRY_KINDS)),
    after: Type.Optional(Type.String({ maxLength: 600 })),
  }),
}

interface Asked {
  readonly id: string
  readonly entry: string
  readonly category: Category
}

const page = pageIn('cases')

/** Where an error that names no field is shown. */
const FIRST_FIELD: Readonly<Record<EntryKind, string>> = {
  assessment: 'assessed_on',
  goal: 'stage',
  conference: 'held_on',
  safety_plan: 'review_on',
  contact_attempt: 'attempted_at',
  visit: 'visited_on',
}

const showRecord = async (
  visit: SignedVisit,
  kind: EntryKind,
  wrong: readonly Wrong[],
  form: Form | null,
): Promise<PageView> => {
  const { id } = visit.request.params as { id: string }
  const record = await readCase(visit, id)
  const needsAgencies = kind === 'goal' || kind === 'conference'
  const agencies = needsAgencies ? await agencyOptions(visit) : []
  const stages = settableStages(record.stages)
  const body = <RecordPage {...{ id, kind, stages, agencies, wrong, form }} />
  return page('entry.title', body, wrong.length > 0 ? 422 : 200)
}

const askedKind = (visit: SignedVisit): EntryKind => {
  const kind = kindOf((visit.request.params as { kind: string }).kind)
  if (kind === undefined) throw new Problem('not_found')
  return kind
}

const recording: PortalRoute = (portal) => {
  portal.get('/cases/:id/record/:kind', RecordParams, (visit) =>
    showRecord(visit, askedKind(visit), [], null),
  )
  portal.post('/cases/:id/record/:kind', RecordParams, async (visit, form) => {
    const { id, kind: path } = visit.request.params as { id: string; kind: string }
    const kind = askedKind(visit)
    const made = bodyOf(kind, visit, form)
    if (isWrong(made)) return await showRecord(visit, kind, made, form)
    try {
      const key = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.post(`/v1/cases/${id}/${path}`, made, key)
    } catch (error) {
      return await showRecord(visit, kind, ofForm(wrongOf(error, FIRST_FIELD[kind])), form)
    }
    return goTo(`/cases/${id}?done=recorded`)
  })
}

const reading: PortalRoute = (portal) => {
  portal.get('/cases/:id/entries', ListParams, async (visit) => {
    const { id } = visit.request.params as Asked
    const { kind = null, after } = visit.request.query as { kind?: EntryKind; after?: string }
    const found = await readEntries(visit, id, {
      ...(kind === null ? {} : { kind }),
      ...(after === undefined ? {} : { after }),
    })
    const entries = await Promise.all(found.items.map((entry) => entrySight(visit, entry)))
    return page('records.title', <EntriesPage {...{ id, kind, entries, next: found.next }} />)
  })
  portal.get('/cases/:id/entries/:entry', EntryParams, async (visit) =>
    goTo(`/cases/${(visit.request.params as Asked).id}/entries`),
  )
  portal.get('/cases/:id/entries/:entry/data/:category', DataParams, async (visit) => {
    const { id, entry, category } = visit.request.params as Asked
    await readCase(visit, id)
    const back = `/cases/${id}/entries/${entry}`
    return page('casedata.title', <AskToOpenPage back={back} category={category} />)
  })
  portal.post('/cases/:id/entries/:entry/data/:category', DataParams, async (visit) => {
    const { id, entry, category } = visit.request.params as Asked
    const path = `/v1/cases/${id}/entries/${entry}/open`
    const { data } = await visit.api.post<Static<typeof OpenedEntry>>(path, { category })
    const back = `/cases/${id}/entries`
    return page('casedata.title', <OpenedPage back={back} category={category} data={data} />)
  })
}

const MOST_GOALS = '100'

const showGoal = async (
  visit: SignedVisit,
  wrong: readonly Wrong[],
  form: Form | null,
): Promise<PageView> => {
  const { id, entry } = visit.request.params as Asked
  const { items } = await readEntries(visit, id, { kind: 'goal', limit: MOST_GOALS })
  const found = items.find((each) => each.id === entry)
  if (found === undefined) throw new Problem('not_found')
  const [sight, agencies] = await Promise.all([entrySight(visit, found), agencyOptions(visit)])
  const body = <GoalPage {...{ id, sight, agencies, wrong, form }} />
  return page('plan.title', body, wrong.length > 0 ? 422 : 200)
}

const goals: PortalRoute = (portal) => {
  portal.get('/cases/:id/goals/:entry', EntryParams, (visit) => showGoal(visit, [], null))
  portal.post('/cases/:id/goals/:entry', EntryParams, async (visit, form) => {
    const { id, entry } = visit.request.params as Asked
    const owner = form.text('owner')
    const dueOn = dayOf(form, 'due_on')
    const body = {
      version: Number(form.text('version')),
      state: form.text('state') ?? '',
      ...(owner === undefined ? {} : { owner }),
      ...(dueOn === undefined ? {} : { due_on: dueOn }),
    }
    try {
      const key = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.put(`/v1/cases/${id}/goals/${entry}`, body, key)
    } catch (error) {
      return await showGoal(visit, wrongOf(error, 'state'), form)
    }
    return goTo(`/cases/${id}?done=recorded`)
  })
}

/** What people record of a pathway: written, listed, opened, and goals followed. */
export const records: PortalRoute = (portal) => {
  for (const part of [recording, reading, goals]) part(portal)
}
