// Goal: what the hub publishes is HSDS, 3.1 and 3.0, and says nothing of where a shelter is.
// Method: the standard's own schemas over every document of the demonstration's network.
import t, { type Test as Tap } from 'tap'
import { DEMO_AGENCIES, demoAgencyOf, demoServiceOf } from '../../demo/network.ts'
import type { Table } from '../../services/directory/hsds/relations.ts'
import type { Document } from '../../services/directory/hsds/rows.ts'
import { schemaErrors, VERSIONS } from '../../services/directory/hsds/standard.ts'
import { directory } from '../../services/directory/service.ts'
import { newId } from '../../src/id.ts'
import { createDemoScene } from '../helpers/demo-scene.ts'

const { ask, hub } = await createDemoScene(t, [directory])
const WORKER = 'embassy/case_worker'

interface Page {
  readonly total_items: number
  readonly total_pages: number
  readonly size: number
  readonly contents: Document[]
}
const pageOf = async (path: string): Promise<Page> => {
  const { status, body } = await ask(WORKER, 'GET', path)
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
  return body as unknown as Page
}
const conforms = (t: Tap, table: Table, document: unknown, what: string): void => {
  for (const version of VERSIONS)
    t.same(schemaErrors(version, table, document), [], `${what} ${version}`)
}

const COLLECTIONS = {
  service_at_location: 'service_at_locations',
  service: 'services',
  organization: 'organizations',
  taxonomy_term: 'taxonomy_terms',
  taxonomy: 'taxonomies',
} as const

t.test('the profile is declared, without signing in', async (t) => {
  const response = await hub.app.inject({ url: '/hsds' })
  t.match(response.json(), { version: '3.1', profile: /^http/, openapi_url: /openapi\.json$/ })
  t.equal((await hub.app.inject({ url: '/hsds/services' })).statusCode, 401)
})

t.test("the hub's own directory conforms to both versions", async (t) => {
  const services = DEMO_AGENCIES.flatMap((row) => row.services)
  const page = await pageOf('/hsds/services?per_page=100&full=true')
  t.equal(page.total_items, services.length)
  for (const document of page.contents) conforms(t, 'service', document, String(document['name']))
  const simple = await pageOf('/hsds/services?per_page=3&page=2')
  t.match(simple, { page_number: 2, size: 3, first_page: false, last_page: false, empty: false })
  for (const document of simple.contents) conforms(t, 'service', document, 'simple')
  t.notOk('schedules' in (simple.contents[0] ?? {}), 'a list has one-to-one fields')
  for (const [table, name] of Object.entries(COLLECTIONS) as [Table, string][]) {
    const { contents, total_items } = await pageOf(`/hsds/${name}?per_page=100`)
    t.equal(contents.length, total_items, name)
    for (const { id } of contents) {
      const { body } = await ask(WORKER, 'GET', `/hsds/${name}/${String(id)}?full_service=true`)
      conforms(t, table, body, `${name} ${String(id)}`)
    }
  }
})

t.test('negatives: what breaks the standard does not conform', async (t) => {
  const { contents } = await pageOf('/hsds/services?per_page=1&full=true')
  const [document = {}] = contents
  for (const [field, value] of [
    ['id', undefined],
    ['id', 'not-a-uuid'],
    ['name', 7],
    ['status', 'open'],
    ['schedules', [{ freq: 'WEEKLY' }]],
    ['last_modified', 'yesterday'],
  ] as const) {
    const broken = JSON.parse(JSON.stringify({ ...document, [field]: value })) as Document
    for (const version of VERSIONS) {
      t.not(
        schemaErrors(version, 'service', broken).length,
        0,
        `${field} ${String(value)} ${version}`,
      )
    }
  }
})

t.test('a confidential shelter publishes what it serves and nothing of where it is', async (t) => {
  const { agency } = demoAgencyOf('shelter')
  const shelter = demoServiceOf('shelter', 'shelter')
  const { body } = await ask(WORKER, 'GET', `/hsds/services/${shelter.id}`)
  t.match(body, { service_areas: [{ extent: '98' }] })
  t.notOk('service_at_locations' in body && (body['service_at_locations'] as []).length > 0)
  const organization = await ask(
    WORKER,
    'GET',
    `/hsds/organizations/${agency.id}?full_service=true`,
  )
  const text = JSON.stringify([body, organization.body])
  t.notMatch(text, /"(locations?|addresses|phones|contacts|latitude|address_1)":\[?[^\]]/)
  const places = await pageOf('/hsds/service_at_locations?per_page=100&full=true')
  t.notOk(JSON.stringify(places).includes(shelter.id))
  t.ok(places.total_items > 5, 'offices have theirs')
})

t.test(
  'questions: search, organization, taxonomy, time, pages, in a URL and in a body',
  async (t) => {
    const legal = demoAgencyOf('legal_aid')
    const ids = (page: Page) => page.contents.map((document) => document['id'])
    const found = await pageOf('/hsds/services?search=restitution')
    t.same(ids(found), [legal.services[0]?.id])
    const own = await pageOf(`/hsds/services?organization_id=${legal.agency.id}`)
    t.same(
      ids(own),
      legal.services.map((service) => service.id),
    )
    const terms = await pageOf('/hsds/taxonomy_terms?per_page=100&search=shelter')
    const term = terms.contents.find((document) => document['code'] === 'shelter')
    const shelters = await pageOf(`/hsds/services?taxonomy_term_id=${String(term?.['id'])}`)
    t.equal(
      shelters.total_items,
      DEMO_AGENCIES.flatMap((row) => row.services).filter((row) => row.stage === 'shelter').length,
    )
    t.equal((await pageOf(`/hsds/services?taxonomy_term_id=${newId()}`)).total_items, 0)
    t.equal((await pageOf('/hsds/services?modified_after=2099-01-01T00:00:00Z')).total_items, 0)
    t.match(await pageOf('/hsds/services?page=999'), { size: 0, empty: true, last_page: true })
    const minimal = await pageOf('/hsds/services?minimal=true&per_page=1')
    t.same(Object.keys(minimal.contents[0] ?? {}).toSorted(), ['id', 'last_modified'])
    const posted = await ask(WORKER, 'POST', '/hsds/services', { search: 'restitution' })
    t.same(ids(posted.body as unknown as Page), ids(found))
    for (const query of [
      'page=0',
      'page=9999999999',
      'per_page=1000',
      'modified_after=yesterday',
      'modified_after=0000-01-01T00:00:00Z',
      'organization_id=%27',
      'proximity=5',
      'format=xml',
      'search=%00',
      'full=perhaps',
    ]) {
      t.equal((await ask(WORKER, 'GET', `/hsds/services?${query}`)).status, 400, query)
    }
    for (const search of ['"', "' & | !", '((', '%', '\\', 'a'.repeat(200), '🙂']) {
      await pageOf(`/hsds/services?search=${encodeURIComponent(search)}`)
    }
    t.equal((await ask(WORKER, 'GET', `/hsds/services/${newId()}`)).status, 404)
    t.equal((await ask(WORKER, 'GET', '/hsds/taxonomies/nothing')).status, 404)
  },
)
