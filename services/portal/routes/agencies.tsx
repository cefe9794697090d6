import { Type, type Static } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import {
  type AgencyPage,
  type AgencyRead,
  type Hours,
  type NewAgency,
  type Weekday,
  WEEKDAYS,
} from '../../../src/contracts/directory.ts'
import type { PersonRead, ProposalRead } from '../../../src/contracts/identity.ts'
import { decide } from '../../../src/decide.ts'
import { allPages, pathWith } from '../all-pages.ts'
import type { PortalRoute } from '../page.ts'
import { AgencyPageOf, type Onboarding } from '../pages/agency.tsx'
import { AgenciesPage, NewAgencyPage } from '../pages/agencies.tsx'
import { NO_TROUBLE, type Trouble } from '../parts/trouble.tsx'
import { actorOf } from '../steps.ts'
import { troubleOf } from '../trouble.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'

const Query = {
  querystring: Type.Object({ after: Type.Optional(Type.String({ maxLength: 600 })) }),
}
const One = { params: Type.Object({ id: Id }) }

const PATH = '/v1/directory/agencies'
const idOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id
const optionsOf = (form: Form) => ({ idempotencyKey: form.text('key') ?? '' })
const statusOf = (trouble: Trouble): number => (trouble === NO_TROUBLE ? 200 : 422)

/** The same hours on each day that was chosen; the agency itself writes finer ones. */
const hoursOf = (form: Form): Hours => {
  const range = { open: form.text('open') ?? '', close: form.text('close') ?? '' }
  const isDay = (day: string): day is Weekday => WEEKDAYS.some((each) => each === day)
  return Object.fromEntries(
    form
      .list('days')
      .filter(isDay)
      .map((day) => [day, [range]]),
  )
}

const newAgencyOf = (form: Form): NewAgency => ({
  name_id: form.text('name_id') ?? '',
  name_en: form.text('name_en') ?? '',
  kind: (form.text('kind') ?? '') as NewAgency['kind'],
  area: form.text('area') ?? '',
  time_zone: form.text('time_zone') ?? '',
  hours: hoursOf(form),
  phone: form.text('phone') ?? null,
  confidential: form.list('confidential').includes('yes'),
})

/** How far an agency has come, from its people and from what was proposed for it. */
const onboardingOf = async (visit: SignedVisit, agency: string): Promise<Onboarding> => {
  const [proposals, people] = await Promise.all([
    allPages<ProposalRead>(visit, pathWith('/v1/identity/proposals', { agency })),
    allPages<PersonRead>(visit, pathWith('/v1/identity/people', { agency })),
  ])
  const admissions = proposals.filter(
    ({ kind, state }) => kind === 'agency' && state !== 'rejected',
  )
  const admission = admissions.find(({ state }) => state === 'open') ?? admissions[0] ?? null
  const supervisors = people.filter(({ roles, active }) => active && roles.includes('supervisor'))
  const [first] = supervisors
  return {
    admission,
    waiting: proposals.filter(({ state }) => state === 'open').length,
    supervisor: first === undefined ? null : first.id,
    hasSupervisorIn: supervisors.some(({ enrolled }) => enrolled),
  }
}

const agencyPage = async (
  visit: SignedVisit,
  trouble: Trouble = NO_TROUBLE,
  form: Form | null = null,
): Promise<PageView> => {
  const id = idOf(visit)
  const [agency, onboarding] = await Promise.all([
    visit.api.get<AgencyRead>(`${PATH}/${id}`),
    onboardingOf(visit, id),
  ])
  const body = (
    <AgencyPageOf
      agency={agency}
      onboarding={onboarding}
      areas={visit.names.areas()}
      trouble={trouble}
      form={form}
    />
  )
  const status = statusOf(trouble)
  return { kind: 'page', title: 'agency.title', place: 'more', status, body }
}

/** Agencies of the hub: each admitted in steps, renamed, or taken out of service. */
export const agencies: PortalRoute = (portal) => {
  portal.get('/agencies', Query, async (visit) => {
    const { after } = visit.request.query as { after?: string }
    const { items, next } = await visit.api.get<Static<typeof AgencyPage>>(
      pathWith(PATH, { after }),
    )
    const rows = items.map((agency) => ({ agency, area: visit.names.area(agency.area) }))
    const mayAdd = decide(actorOf(visit.me), 'agency.write', { kind: 'none' }).allow
    const body = <AgenciesPage rows={rows} next={next} mayAdd={mayAdd} />
    return { kind: 'page', title: 'agency.title', place: 'more', body }
  })

  const newPage = (visit: SignedVisit, trouble: Trouble, form: Form | null): PageView => ({
    kind: 'page',
    title: 'agency.title',
    place: 'more',
    status: statusOf(trouble),
    body: <NewAgencyPage areas={visit.names.areas()} trouble={trouble} form={form} />,
  })
  portal.get('/agencies/new', {}, async (visit) => newPage(visit, NO_TROUBLE, null))
  portal.post('/agencies/new', {}, async (visit, form) => {
    try {
      const made = await visit.api.post<AgencyRead>(PATH, newAgencyOf(form), optionsOf(form))
      return goTo(`/agencies/${made.id}`)
    } catch (error) {
      return newPage(visit, troubleOf(error, 'name_id', '/agencies/new'), form)
    }
  })

  portal.get('/agencies/:id', One, (visit) => agencyPage(visit))
  portal.post('/agencies/:id', One, async (visit, form) => {
    const { name_id, name_en, kind, area, confidential } = newAgencyOf(form)
    const active = form.list('active').includes('yes')
    const version = Number(form.text('version'))
    const asked = { name_id, name_en, kind, area, confidential, active, version }
    try {
      await visit.api.put(`${PATH}/${idOf(visit)}`, asked, optionsOf(form))
    } catch (error) {
      return await agencyPage(visit, troubleOf(error, 'name_id', `/agencies/${idOf(visit)}`), form)
    }
    return goTo(`/agencies/${idOf(visit)}`)
  })
}
