import { Type, type Static } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import {
  AGENCY_KINDS,
  type AgencyPage as Agencies,
  type AgencyRead,
  type ServicePage,
  type ServiceRead,
} from '../../../src/contracts/directory.ts'
import { agencySight, placesOf, serviceSight } from '../directory-sight.ts'
import type { PortalRoute } from '../page.ts'
import { AgencyPage, ServiceInfoPage } from '../pages/directory-entry.tsx'
import { AgenciesPage, DirectoryPage, SEARCH_FIELDS } from '../pages/directory.tsx'
import type { Form, PageView, SignedVisit } from '../visit.ts'
import { nameIn } from '../names.ts'

const Params = { params: Type.Object({ id: Id }) }
const AgencyQuery = {
  querystring: Type.Object({
    kind: Type.Optional(oneOf([...AGENCY_KINDS, ''])),
    after: Type.Optional(Type.String({ maxLength: 600 })),
  }),
}

const page = (body: PageView['body']): PageView => ({
  kind: 'page',
  title: 'directory.title',
  place: 'more',
  body,
})

const search = async (visit: SignedVisit, form: Form): Promise<PageView> => {
  const query = new URLSearchParams({ limit: '10' })
  for (const name of [...SEARCH_FIELDS, 'after']) {
    const value = form.text(name)
    if (value !== undefined) query.set(name, value)
  }
  for (const need of form.list('needs')) query.append('needs', need)
  const path = `/v1/directory/services?${query}`
  const found = await visit.api.get<Static<typeof ServicePage>>(path)
  const services = await Promise.all(
    found.items.map(async (row) => serviceSight(visit, row, await placesOf(visit, row.id))),
  )
  const areas = visit.names.areas()
  return page(<DirectoryPage {...{ areas, form, services, next: found.next }} />)
}

/** Who there is and what they take. What is asked of services is sent in forms, never in addresses. */
export const directory: PortalRoute = (portal) => {
  portal.get('/directory', {}, async (visit) =>
    page(<DirectoryPage areas={visit.names.areas()} form={null} services={null} next={null} />),
  )
  portal.post('/directory', {}, search)
  portal.get('/directory/agencies', AgencyQuery, async (visit) => {
    const { kind = '', after } = visit.request.query as { kind?: string; after?: string }
    const query = new URLSearchParams({ limit: '25' })
    if (kind !== '') query.set('kind', kind)
    if (after !== undefined) query.set('after', after)
    const path = `/v1/directory/agencies?${query}`
    const { items, next } = await visit.api.get<Static<typeof Agencies>>(path)
    const agencies = items.map((agency) => ({
      agency,
      name: nameIn(visit.language, agency),
      area: visit.names.area(agency.area),
    }))
    return page(<AgenciesPage {...{ agencies, kind, next }} />)
  })
  portal.get('/directory/agencies/:id', Params, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const agency = await visit.api.get<AgencyRead>(`/v1/directory/agencies/${id}`)
    return page(<AgencyPage sight={await agencySight(visit, agency)} />)
  })
  portal.get('/directory/services/:id', Params, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const service = await visit.api.get<ServiceRead>(`/v1/directory/services/${id}`)
    const sight = serviceSight(visit, service, await placesOf(visit, id))
    return page(<ServiceInfoPage sight={sight} />)
  })
}
