import t from 'tap'
import { demoAgencyOf, demoPersonOf, demoServiceOf } from '../../demo/network.ts'
import { directory } from '../../services/directory/service.ts'
import type { NewAgency, NewService, ServiceFound } from '../../src/contracts/directory.ts'
import { newId } from '../../src/id.ts'
import { createDemoScene, type Answer } from '../helpers/demo-scene.ts'
import { boundHeaders } from '../helpers/proof.ts'
import { personToken, systemToken } from '../helpers/token.ts'

const NEW_SERVICE: NewService = {
  stage: 'psychosocial',
  name_id: 'Kelompok dukungan',
  name_en: 'Support group',
  summary_id: 'Setiap pekan.',
  summary_en: 'Every week.',
  areas: ['98.02'],
  urgencies: ['normal'],
  needs: [],
  languages: ['id'],
  age_bands: [],
  genders: [],
  minimum_categories: ['contact'],
  always_open: false,
}

const NEW_AGENCY: NewAgency = {
  name_id: 'Contoh Lembaga Baru',
  name_en: 'Example New Agency',
  kind: 'ngo',
  area: '99',
  time_zone: 'Asia/Jayapura',
  hours: { mon: [{ open: '08:00', close: '16:00' }] },
  phone: null,
  confidential: true,
}

const found = (answer: Answer): ServiceFound[] => answer.body['items'] as ServiceFound[]
const SERVICES = '/v1/directory/services'

const { ask, admin, hub } = await createDemoScene(t, [directory])
const WORKER = 'embassy/case_worker'
const SUPERVISOR = 'psychosocial/supervisor'
const lastEntry = async () =>
  (await admin`select * from journal.entry order by seq desc limit 1`)[0] ?? {}

const supervisorToken = () => {
  const { id } = demoPersonOf('psychosocial', 'supervisor')
  const agency = demoAgencyOf('psychosocial').agency.id
  return personToken(hub, { id, agency, roles: ['supervisor'] })
}

t.test('a supervisor offers a service once, however often it is sent', async (t) => {
  const body = { ...NEW_SERVICE, idempotency: newId() }
  const first = await ask(SUPERVISOR, 'POST', SERVICES, body)
  t.equal(first.status, 201)
  t.match(first.body, {
    agency: demoAgencyOf('psychosocial').agency.id,
    version: 1,
    active: true,
  })
  t.match(await lastEntry(), {
    type: 'directory.service.created.v1',
    outcome: 'ok',
    object: first.body['id'],
    concerned: [demoAgencyOf('psychosocial').agency.id],
  })
  const again = await ask(SUPERVISOR, 'POST', SERVICES, body)
  t.same(again, first)
  const [count] = await admin`
    select count(*)::int as n from directory.service where name_en = 'Support group'`
  t.equal(count?.['n'], 1)
  const unkeyed = await hub.app.inject({
    method: 'POST',
    url: SERVICES,
    headers: { authorization: `Bearer ${await supervisorToken()}` },
    payload: NEW_SERVICE,
  })
  t.equal(unkeyed.json().code, 'idempotency_key_missing')
  const planted = { ...NEW_SERVICE, agency: demoAgencyOf('shelter').agency.id }
  t.equal((await ask(SUPERVISOR, 'POST', SERVICES, planted)).status, 400, 'owner cannot be sent')
  const broken = { ...NEW_SERVICE, name_en: 'Nul\u0000l' }
  t.match((await ask(SUPERVISOR, 'POST', SERVICES, broken)).body, {
    errors: [{ field: 'name_en' }],
  })
})

t.test('a change needs the current version, and leaves its entry', async (t) => {
  const { id } = demoServiceOf('psychosocial', 'psychosocial')
  const change = { ...NEW_SERVICE, areas: ['98', '99'], active: true, version: 1 }
  const [one, two] = await Promise.all([
    ask(SUPERVISOR, 'PUT', `${SERVICES}/${id}`, change),
    ask(SUPERVISOR, 'PUT', `${SERVICES}/${id}`, change),
  ])
  t.same(new Set([one.status, two.status]), new Set([200, 409]), 'of two at once, one wins')
  const lost = one.status === 409 ? one : two
  t.match(lost.body, { code: 'version_conflict' })
  t.match(await lastEntry(), {
    type: 'directory.service.changed.v1',
    data: { version: 2, active: true },
  })
  const closed = await ask(SUPERVISOR, 'PUT', `${SERVICES}/${id}`, {
    ...change,
    version: 2,
    active: false,
  })
  t.match(closed.body, { version: 3, active: false })
  const stage = found(await ask(WORKER, 'GET', `${SERVICES}?stage=psychosocial&area=98`))
  t.notOk(stage.some((item) => item.id === id))
})

t.test('others are refused, on the record; a foreign service is as if absent', async (t) => {
  const { id } = demoServiceOf('shelter', 'shelter')
  const body = { ...NEW_SERVICE, active: true, version: 1 }
  const foreign = await ask(SUPERVISOR, 'PUT', `${SERVICES}/${id}`, body)
  t.match(await lastEntry(), {
    type: 'directory.change.refused.v1',
    outcome: 'refused',
    reason: 'foreign',
    object: id,
  })
  const absent = await ask(SUPERVISOR, 'PUT', `${SERVICES}/${newId()}`, body)
  t.same({ ...foreign.body, instance: '' }, { ...absent.body, instance: '' })
  t.equal(foreign.status, 404)
  const worker = await ask('psychosocial/case_worker', 'POST', SERVICES, NEW_SERVICE)
  t.equal(worker.status, 403)
  t.match(await lastEntry(), { outcome: 'refused', reason: 'role' })
  t.equal((await ask('hub/hub_administrator', 'POST', SERVICES, NEW_SERVICE)).status, 403)
  const { agency, client } = demoAgencyOf('psychosocial')
  for (const [scope, status] of [
    ['directory:write', 201],
    ['audit:read', 403],
  ] as const) {
    const token = await systemToken(hub, { id: client, agency: agency.id, scopes: [scope] })
    const answer = await hub.app.inject({
      method: 'POST',
      url: SERVICES,
      headers: {
        ...(await boundHeaders(token, 'POST', `${hub.config.publicUrl}${SERVICES}`)),
        'idempotency-key': newId(),
      },
      payload: NEW_SERVICE,
    })
    t.equal(answer.statusCode, status, scope)
  }
  t.equal((await hub.app.inject({ url: SERVICES })).statusCode, 401)
})

t.test('hours are changed by their own agency alone', async (t) => {
  const { id } = demoAgencyOf('psychosocial').agency
  const url = `/v1/directory/agencies/${id}/hours`
  const hours = { time_zone: 'Asia/Jayapura', hours: {}, phone: null, version: 1 }
  const changed = await ask(SUPERVISOR, 'PUT', url, hours)
  t.match(changed.body, { version: 2, open_now: false, time_zone: 'Asia/Jayapura', hours: {} })
  t.match(await lastEntry(), { type: 'directory.agency.changed.v1', object: id })
  t.equal((await ask(SUPERVISOR, 'PUT', url, hours)).status, 409)
  t.equal((await ask('health/supervisor', 'PUT', url, { ...hours, version: 2 })).status, 404)
  const wrong = await ask(SUPERVISOR, 'PUT', url, {
    ...hours,
    version: 2,
    time_zone: 'Asia/Nowhere',
    hours: { mon: [{ open: '16:00', close: '08:00' }] },
  })
  t.same(
    (wrong.body['errors'] as { field: string }[]).map((error) => error.field),
    ['hours.mon.0', 'time_zone'],
  )
  const secret = `/v1/directory/agencies/${demoAgencyOf('shelter').agency.id}/hours`
  const phone = { ...hours, phone: '+9990000000' }
  t.equal((await ask('shelter/supervisor', 'PUT', secret, phone)).status, 400)
})

t.test('holidays and contacts are set by their own agency, and checked', async (t) => {
  const { id } = demoAgencyOf('vocational').agency
  const url = `/v1/directory/agencies/${id}`
  const who = 'vocational/supervisor'
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Jakarta' }).format(new Date())
  const holidays = [{ day: today, name: 'Libur contoh' }]
  const closed = await ask(who, 'PUT', `${url}/holidays`, { holidays, version: 1 })
  t.match(closed.body, { version: 2, holidays, open_now: false })
  const twice = { holidays: [...holidays, ...holidays], version: 2 }
  t.match((await ask(who, 'PUT', `${url}/holidays`, twice)).body, {
    errors: [{ field: 'holidays.1.day' }],
  })
  const noDay = { holidays: [{ day: '2026-02-30', name: 'Bukan hari' }], version: 2 }
  t.equal((await ask(who, 'PUT', `${url}/holidays`, noDay)).status, 400)
  const desk = { title_id: 'Meja penerimaan', title_en: 'Intake desk', phone: '+9990001111' }
  const contacts = [{ ...desk, email: null }]
  const reached = await ask(who, 'PUT', `${url}/contacts`, { contacts, version: 2 })
  t.match(reached.body, { version: 3, contacts })
  const mute = { contacts: [{ ...desk, phone: null, email: null }], version: 3 }
  t.match((await ask(who, 'PUT', `${url}/contacts`, mute)).body, {
    errors: [{ field: 'contacts.0' }],
  })
  const secret = `/v1/directory/agencies/${demoAgencyOf('shelter').agency.id}`
  t.match(
    (await ask('shelter/supervisor', 'PUT', `${secret}/contacts`, { contacts, version: 1 })).body,
    { errors: [{ field: 'contacts' }] },
  )
  t.equal((await ask(who, 'PUT', `${secret}/holidays`, { holidays, version: 1 })).status, 404)
  t.equal((await ask('vocational/case_worker', 'PUT', `${url}/holidays`, twice)).status, 403)
  for (const version of [0, 2_147_483_648, 1e300, 1.5]) {
    const odd = await ask(who, 'PUT', `${url}/holidays`, { holidays, version })
    t.equal(odd.status, 400, `version ${version}`)
  }
})

t.test('the hub adds agencies; nobody else does', async (t) => {
  const url = '/v1/directory/agencies'
  const added = await ask('hub/hub_administrator', 'POST', url, NEW_AGENCY)
  t.equal(added.status, 201)
  t.match(await lastEntry(), {
    type: 'directory.agency.created.v1',
    agency: null,
    concerned: [added.body['id']],
  })
  t.equal((await ask(SUPERVISOR, 'POST', url, NEW_AGENCY)).status, 403)
  const placed = await ask('hub/hub_administrator', 'POST', url, { ...NEW_AGENCY, area: '99.01' })
  t.match(placed.body, { code: 'invalid_request', errors: [{ field: 'area' }] })
})

t.test('the hub hides an agency, and takes one out of service', async (t) => {
  const { agency } = demoAgencyOf('legal_aid')
  const { name_id, name_en, kind } = agency
  const url = `/v1/directory/agencies/${agency.id}`
  const change = { name_id, name_en, kind, area: '97', active: true, version: 1 }
  const hidden = { ...change, confidential: true }
  const answer = await ask('hub/hub_administrator', 'PUT', url, hidden)
  t.match(answer.body, { confidential: true, phone: null, area: '97', version: 2 })
  t.match(await lastEntry(), { type: 'directory.agency.changed.v1', concerned: [agency.id] })
  t.equal((await ask('hub/hub_administrator', 'PUT', url, hidden)).status, 409)
  t.equal((await ask('legal_aid/supervisor', 'PUT', url, { ...hidden, version: 2 })).status, 403)
  const left = { ...hidden, active: false, version: 2 }
  t.equal((await ask('hub/hub_administrator', 'PUT', url, left)).status, 200)
  t.same(found(await ask(WORKER, 'GET', `${SERVICES}?stage=legal`)), [])
  const unknown = `/v1/directory/agencies/${newId()}`
  t.equal((await ask('hub/hub_administrator', 'PUT', unknown, left)).status, 404)
})

t.test('a change that cannot be recorded does not happen', async (t) => {
  await admin`revoke insert on journal.entry from titian_directory`
  const answer = await ask(SUPERVISOR, 'POST', SERVICES, { ...NEW_SERVICE, name_en: 'Lost' })
  await admin`grant insert on journal.entry to titian_directory`
  t.equal(answer.status, 500)
  t.same(await admin`select 1 from directory.service where name_en = 'Lost'`, [])
})
