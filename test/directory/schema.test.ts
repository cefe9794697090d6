import postgres from 'postgres'
import t from 'tap'
import { demoAgencyOf, demoServiceOf } from '../../demo/network.ts'
import { directory } from '../../services/directory/service.ts'
import { newId } from '../../src/id.ts'
import { createDemoScene } from '../helpers/demo-scene.ts'

const { hub, admin } = await createDemoScene(t, [directory])

t.test('row-level security holds by itself', async (t) => {
  const sql = postgres(hub.database.urlOf('titian_directory'), { max: 1, onnotice: () => {} })
  t.teardown(() => sql.end())
  const own = demoAgencyOf('health').agency
  const other = demoAgencyOf('legal_aid').agency
  const acting = <T>(agencies: string, work: (tx: postgres.TransactionSql) => Promise<T>) =>
    sql.begin(async (tx) => {
      await tx`select set_config('app.agency', ${agencies}, true), set_config('app.actor', 'x', true)`
      return await work(tx)
    })
  t.same(await sql`update directory.agency set version = 9 returning id`, [], 'nobody acts')
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
  const closing = acting(
    asOwn,
    (tx) => tx`update directory.agency set active = false where id = ${own.id}`,
  )
  await t.rejects(closing, { code: '42501' }, 'an agency does not change whether it is active')
  const renaming = acting(asOwn, (tx) => tx`update directory.agency set confidential = true`)
  await t.rejects(renaming, { code: '42501' }, 'nor anything else that the hub says of it')
  const reopened = await acting(
    asOwn,
    (tx) => tx`update directory.agency set hours = '{}' returning id`,
  )
  t.same(reopened, [{ id: own.id }], 'its own hours it does change')
  const documents = {
    hours: sql.json(own.hours),
    holidays: sql.json([]),
    contacts: sql.json([]),
  }
  const agency = { ...own, ...documents, id: newId() }
  const added = acting(asOwn, (tx) => tx`insert into directory.agency ${sql(agency)}`)
  await t.rejects(added, { code: '42501' }, 'an agency adds no agency')
  await acting('{}', (tx) => tx`insert into directory.agency ${sql(agency)}`)
})

t.test('facts for a hand-off: one row per question, for those who may ask', async (t) => {
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
    holidays: [],
  })
  t.equal(repeated?.['i'], 2)
  const holidays = admin.json([{ day: '2026-12-25', name: 'Natal' }])
  await admin`
    update directory.agency set active = false, holidays = ${holidays}
    where id = ${service.agency}`
  t.match((await ask(referrals))[1], { active: false, holidays: ['2026-12-25'] })
  await t.rejects(referrals`select 1 from directory.service`, { code: '42501' })
  const identity = postgres(hub.database.urlOf('titian_identity'), { max: 1, onnotice: () => {} })
  t.teardown(() => identity.end())
  await t.rejects(ask(identity), { code: '42501' })
})
