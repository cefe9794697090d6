import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import {
  DEMO_AGENCIES,
  DEMO_HUB_PEOPLE,
  demoAgencyOf,
  demoPersonOf,
  demoServiceOf,
  type DemoAgencyKey,
} from '../demo/network.ts'
import { seed } from '../demo/seed.ts'
import { directory } from '../services/directory/service.ts'
import { PURPOSES, type Role } from '../src/contracts/codes.ts'
import type { NewAgency, NewService, ServiceFound } from '../src/contracts/directory.ts'
import { newId } from '../src/id.ts'
import { startHub, type TestHub } from './helpers/hub.ts'
import { personToken, systemToken } from './helpers/token.ts'

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

interface Scene {
  readonly hub: TestHub
  readonly admin: postgres.Sql
  readonly keysFolder: string
  /** Asks as a person of an agency of the demonstration, or of the hub. */
  ask(who: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: object): Promise<Answer>
}

const tokenOf = (hub: TestHub, who: string): Promise<string> => {
  const [key, role] = who.split('/') as [DemoAgencyKey | 'hub', Role]
  if (key === 'hub') {
    const person = DEMO_HUB_PEOPLE.find((candidate) => candidate.role === role)
    if (person === undefined) throw new RangeError(who)
    return personToken(hub, { id: person.id, agency: null, roles: [role] })
  }
  const { id } = demoPersonOf(key, role)
  return personToken(hub, { id, agency: demoAgencyOf(key).agency.id, roles: [role] })
}

const createScene = async (t: Test): Promise<Scene> => {
  const hub = await startHub(t, { services: [directory] })
  const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
  t.teardown(() => admin.end())
  const keysFolder = await mkdtemp(join(tmpdir(), 'titian-demo-'))
  t.teardown(() => rm(keysFolder, { recursive: true, force: true }))
  await seed({ sql: admin, keysFolder })
  const ask: Scene['ask'] = async (who, method, url, body) => {
    const { idempotency, ...payload } = (body ?? {}) as { idempotency?: string }
    const response = await hub.app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${await tokenOf(hub, who)}`,
        'accept-language': 'en',
        ...(method === 'GET' ? {} : { 'idempotency-key': idempotency ?? newId() }),
      },
      ...(body === undefined ? {} : { payload }),
    })
    return { status: response.statusCode, body: response.json() }
  }
  return { hub, admin, keysFolder, ask }
}

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

t.test('directory', async (t) => {
  const scene = await createScene(t)
  const { ask, admin, hub } = scene
  const WORKER = 'embassy/case_worker'
  const SUPERVISOR = 'psychosocial/supervisor'
  const lastEntry = async () =>
    (await admin`select * from journal.entry order by seq desc limit 1`)[0] ?? {}

  t.test('who can take this: nearest first, and only who meets everything', async (t) => {
    const near = found(await ask(WORKER, 'GET', `${SERVICES}?stage=shelter&area=98.01`))
    t.same(
      near.map((item) => [item.agency_name_en, item.area_match]),
      [
        ['Example Jasmine Shelter', 'regency'],
        ['Example Orchid Safe House', 'province'],
      ],
    )
    t.same(near[0]?.fits, ['stage', 'area'])
    const narrow = `${SERVICES}?stage=shelter&area=98.01&urgency=emergency&needs=protected_site&needs=pregnancy&language=id&age_band=unknown&gender=Feminine`
    const [only, ...others] = found(await ask(WORKER, 'GET', narrow))
    t.equal(only?.id, demoServiceOf('shelter', 'shelter').id)
    t.same(others, [])
    t.same(only?.fits, ['stage', 'area', 'urgency', 'needs', 'language', 'age_band', 'gender'])
    t.equal(only?.open_now, true, 'always open')
    const none = [
      'stage=shelter&area=98.01&gender=Masculine',
      'stage=shelter&area=98.01&needs=interpreter',
      'stage=shelter&area=97.01',
      'stage=economic&area=98.01&age_band=from_12_to_17',
      'stage=economic&area=98.01&urgency=urgent',
      'stage=psychosocial&area=98&language=en',
    ]
    for (const query of none)
      t.same(found(await ask(WORKER, 'GET', `${SERVICES}?${query}`)), [], query)
    const country = found(await ask(WORKER, 'GET', `${SERVICES}?stage=legal&area=98.01`))
    t.equal(country[0]?.area_match, 'country')
    const abroad = found(await ask(WORKER, 'GET', `${SERVICES}?area=XA`))
    t.same(abroad.map((item) => item.stage).toSorted(), [
      'identification',
      'repatriation',
      'shelter',
    ])
  })

  t.test('pages follow one another without a hole or a repetition', async (t) => {
    const all = found(await ask(WORKER, 'GET', `${SERVICES}?area=98.01&limit=100`))
    t.ok(all.length > 8)
    const seen: ServiceFound[] = []
    let next: unknown = ''
    while (next !== null) {
      const after = next === '' ? '' : `&after=${String(next)}`
      const page = await ask(WORKER, 'GET', `${SERVICES}?area=98.01&limit=2${after}`)
      seen.push(...found(page))
      next = page.body['next']
    }
    t.same(
      seen.map((item) => item.id),
      all.map((item) => item.id),
    )
    const agencies: string[] = []
    next = ''
    while (next !== null) {
      const after = next === '' ? '' : `&after=${String(next)}`
      const page = await ask(WORKER, 'GET', `/v1/directory/agencies?limit=3${after}`)
      agencies.push(...(page.body['items'] as { id: string }[]).map((item) => item.id))
      next = page.body['next']
    }
    t.equal(new Set(agencies).size, DEMO_AGENCIES.length)
    t.equal(agencies.length, DEMO_AGENCIES.length)
    for (const after of ['nonsense', 'WzFd', 'WyJhIiwiYiIsImMiXQ']) {
      const answer = await ask(WORKER, 'GET', `${SERVICES}?after=${after}`)
      t.equal(answer.status, 400, after)
    }
  })

  t.test('a confidential agency shows what it serves and nothing of where it is', async (t) => {
    const { id } = demoAgencyOf('shelter').agency
    const agency = await ask(WORKER, 'GET', `/v1/directory/agencies/${id}`)
    t.equal(agency.status, 200)
    t.match(agency.body, { confidential: true, phone: null, area: '98' })
    t.notOk(Object.keys(agency.body).some((key) => /address|street|latitude/.test(key)))
    const service = await ask(
      WORKER,
      'GET',
      `${SERVICES}/${demoServiceOf('shelter', 'shelter').id}`,
    )
    t.match(service.body, { confidential: true, areas: ['98'] })
    await t.rejects(
      admin`update directory.agency set area = '98.02' where id = ${id}`,
      { code: '23514' },
      'the database refuses a regency',
    )
    t.equal((await ask(WORKER, 'GET', `/v1/directory/agencies/${newId()}`)).status, 404)
    t.equal((await ask(WORKER, 'GET', `${SERVICES}/${newId()}`)).status, 404)
    t.equal((await ask(WORKER, 'GET', `${SERVICES}/not-a-uuid`)).status, 400)
  })

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
      headers: { authorization: `Bearer ${await tokenOf(hub, SUPERVISOR)}` },
      payload: NEW_SERVICE,
    })
    t.equal(unkeyed.json().code, 'idempotency_key_missing')
    const planted = { ...NEW_SERVICE, agency: demoAgencyOf('shelter').agency.id }
    t.equal((await ask(SUPERVISOR, 'POST', SERVICES, planted)).status, 400, 'owner cannot be sent')
  })

  t.test('a change needs the current version, and leaves its entry', async (t) => {
    const { id } = demoServiceOf('psychosocial', 'psychosocial')
    const change = { ...NEW_SERVICE, areas: ['98', '99'], active: true, version: 1 }
    const [one, two] = await Promise.all([
      ask(SUPERVISOR, 'PUT', `${SERVICES}/${id}`, change),
      ask(SUPERVISOR, 'PUT', `${SERVICES}/${id}`, change),
    ])
    t.same([one.status, two.status].toSorted(), [200, 409], 'of two at once, one wins')
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
        headers: { authorization: `Bearer ${token}`, 'idempotency-key': newId() },
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

  t.test('a change that cannot be recorded does not happen', async (t) => {
    await admin`revoke insert on journal.entry from titian_directory`
    const answer = await ask(SUPERVISOR, 'POST', SERVICES, { ...NEW_SERVICE, name_en: 'Lost' })
    await admin`grant insert on journal.entry to titian_directory`
    t.equal(answer.status, 500)
    t.same(await admin`select 1 from directory.service where name_en = 'Lost'`, [])
  })
})

t.test('row-level security holds by itself', async (t) => {
  const { hub, admin } = await createScene(t)
  const sql = postgres(hub.database.urlOf('titian_directory'), { max: 1, onnotice: () => {} })
  t.teardown(() => sql.end())
  const own = demoAgencyOf('health').agency
  const other = demoAgencyOf('legal_aid').agency
  const acting = <T>(agencies: string, work: (tx: postgres.TransactionSql) => Promise<T>) =>
    sql.begin(async (tx) => {
      await tx`select set_config('app.agency', ${agencies}, true), set_config('app.actor', 'x', true)`
      return await work(tx)
    })
  t.same(await sql`select 1 from directory.agency`, [], 'nobody acts: nothing is seen')
  const asOwn = `{${own.id}}`
  const changed = await acting(
    asOwn,
    (tx) => tx`update directory.service set active = false returning agency`,
  )
  t.same(new Set(changed.map((row) => row['agency'])), new Set([own.id]), 'own rows alone')
  const stolen = acting(
    asOwn,
    (tx) => tx`update directory.service set agency = ${other.id} where agency = ${own.id}`,
  )
  await t.rejects(stolen, { code: '42501' }, 'a service cannot change hands')
  const [copy] = await admin`select * from directory.service where agency = ${other.id}`
  const planted = acting(
    asOwn,
    (tx) => tx`insert into directory.service ${sql({ ...copy, id: newId() })}`,
  )
  await t.rejects(planted, { code: '42501' }, 'not in the name of another')
  const agency = { ...own, id: newId(), hours: sql.json(own.hours) }
  const added = acting(asOwn, (tx) => tx`insert into directory.agency ${sql(agency)}`)
  await t.rejects(added, { code: '42501' }, 'an agency adds no agency')
  await acting('{}', (tx) => tx`insert into directory.agency ${sql(agency)}`)
})

t.test('facts for a hand-off: one row per question, for those who may ask', async (t) => {
  const { hub, admin } = await createScene(t)
  const referrals = postgres(hub.database.urlOf('titian_referrals'), { max: 1, onnotice: () => {} })
  t.teardown(() => referrals.end())
  const service = demoServiceOf('shelter', 'shelter')
  const rows = [
    { i: 0, service: newId() },
    { i: 1, service: service.id },
    { i: 2, service: service.id },
  ]
  const ask = (sql: postgres.Sql) =>
    sql`select * from directory.service_facts(${JSON.stringify(rows)}::text::jsonb) order by i`
  const [unknown, known, repeated] = await ask(referrals)
  t.match(unknown, { i: 0, service: null, agency: null, active: null })
  t.match(known, {
    i: 1,
    service: service.id,
    agency: service.agency,
    stage: 'shelter',
    minimum_categories: ['identity', 'safety'],
    time_zone: 'Asia/Makassar',
    always_open: true,
    active: true,
  })
  t.equal(repeated?.['i'], 2)
  await admin`update directory.agency set active = false where id = ${service.agency}`
  t.match((await ask(referrals))[1], { active: false })
  await t.rejects(referrals`select 1 from directory.service`, { code: '42501' })
  const identity = postgres(hub.database.urlOf('titian_identity'), { max: 1, onnotice: () => {} })
  t.teardown(() => identity.end())
  await t.rejects(ask(identity), { code: '42501' })
})

t.test('the demonstration network', async (t) => {
  const { admin, keysFolder } = await createScene(t)
  const options = { sql: admin, keysFolder }
  const stages = new Set(DEMO_AGENCIES.flatMap((agency) => agency.services.map((row) => row.stage)))
  t.same([...stages].toSorted(), [...PURPOSES].toSorted(), 'somebody can take every purpose')
  for (const { agency } of DEMO_AGENCIES) {
    t.match(agency.name_id, /^Contoh /)
    t.match(agency.name_en, /^Example /)
  }
  const registered = async (client: string) => {
    const [row] = await admin`select jwks, scopes, agency from identity.client where id = ${client}`
    return row ?? {}
  }
  const { client, agency } = demoAgencyOf('embassy')
  const path = join(keysFolder, `${client}.jwk`)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  const key = JSON.parse(await readFile(path, 'utf8')) as { x: string; d: string }
  const before = await registered(client)
  t.match(before, { agency: agency.id, jwks: { keys: [{ x: key.x, kty: 'EC', crv: 'P-256' }] } })
  t.notMatch(JSON.stringify(before), key.d, 'the private part stays in its file')
  t.equal(before['scopes'].length, 4)
  const people =
    await admin`select roles[1] as role, count(*)::int as n from identity.person group by 1`
  t.same(Object.fromEntries(people.map((row) => [row['role'], row['n']])), {
    intake_worker: DEMO_AGENCIES.length,
    case_worker: DEMO_AGENCIES.length,
    supervisor: DEMO_AGENCIES.length,
    reviewer: DEMO_AGENCIES.length,
    oversight_reviewer: 1,
    hub_administrator: 2,
  })

  t.same(
    await Promise.all([seed(options), seed(options)]),
    ['present', 'present'],
    'a repetition changes nothing',
  )
  t.same(await registered(client), before)
  await rm(path)
  await chmod(join(keysFolder, `${demoAgencyOf('health').client}.jwk`), 0o644)
  t.equal(await seed(options), 'present')
  const after = await registered(client)
  t.notSame(after['jwks'], before['jwks'], 'a lost key is replaced')
  t.equal(
    (await stat(join(keysFolder, `${demoAgencyOf('health').client}.jwk`))).mode & 0o777,
    0o600,
  )

  await admin`truncate directory.service, directory.agency, identity.client, identity.person cascade`
  await admin`insert into directory.agency ${admin({
    ...agency,
    id: newId(),
    hours: admin.json(agency.hours),
  })}`
  t.equal(await seed(options), 'foreign')
  t.same(await admin`select 1 from identity.client`, [], 'a hub of others is left alone')
})
