import postgres from 'postgres'
import t from 'tap'
import { cases } from '../services/cases/service.ts'
import { connectBus } from '../src/bus.ts'
import type { EventType } from '../src/contracts/events.ts'
import { newId } from '../src/id.ts'
import { createLog } from '../src/run.ts'
import { CASE_SEAL, casePlace, unseal } from '../src/seal.ts'
import { callAs, createNetwork, type TestAgency } from './helpers/actors.ts'
import { startHub } from './helpers/hub.ts'
import { until } from './helpers/until.ts'

const hub = await startHub(t, { services: [cases] })
const { sender, recipient } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
/** The service's own login, as whoever stole its password would use it. */
const service = postgres(hub.database.urlOf('titian_cases'), { max: 10, onnotice: () => {} })
t.teardown(() => Promise.all([admin.end(), service.end()]))
const call = await callAs(hub, sender.worker)

const CANARY = 'Melur-canary-7f3a'
const IDENTITY = { prs_FirstName: CANARY, prs_Gender: 'Feminine' }
const open = async (): Promise<string> =>
  (await call('POST', '/v1/cases', { age_band: 'from_25_to_39' })).body.id
const write = (id: string, category: string, data: object, more: object = {}) =>
  call('PUT', `/v1/cases/${id}/data/${category}`, { data, ...more })
const withIdentity = async (): Promise<string> => {
  const id = await open()
  const { status, text } = await write(id, 'identity', IDENTITY)
  if (status !== 200) throw new Error(text)
  return id
}

t.test('data is checked, versioned, and sealed at rest', async (t) => {
  const id = await open()
  const wrong = await write(id, 'identity', { prs_Gender: 'female', prs_MobilePhone: '+62811' })
  t.equal(wrong.status, 400)
  t.same(
    wrong.body.errors.map((error: { field: string }) => error.field),
    ['data.prs_Gender', 'data.prs_MobilePhone'],
  )
  t.equal((await write(id, 'identity', { note: 'x'.repeat(65_536) })).body.code, 'data_too_large')
  t.equal((await write(id, 'gossip', {})).status, 400)
  t.same((await write(id, 'identity', IDENTITY)).body, { category: 'identity', version: 1 })
  t.equal((await write(id, 'identity', IDENTITY, { version: 0 })).body.code, 'version_conflict')
  t.equal((await write(id, 'identity', IDENTITY, { version: 1 })).body.version, 2)
  t.match((await call('GET', `/v1/cases/${id}`)).body.data, [{ category: 'identity', version: 2 }])

  const tables = await admin<{ name: string }[]>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`
  const hex = Buffer.from(CANARY).toString('hex')
  for (const { name } of tables) {
    const text = JSON.stringify(await admin.unsafe(`select t::text from ${name} t`))
    t.notOk(text.includes(CANARY) || text.includes(hex), `${name} does not hold what was written`)
  }
  const boxes = await admin`
    select ciphertext, wrapped_key from cases.datum where case_id = ${id} order by version`
  t.equal(boxes.length, 2, 'every version is kept')
  const key = hub.keys.derive(CASE_SEAL)
  const sealed = { ciphertext: boxes[0]?.['ciphertext'], wrappedKey: boxes[0]?.['wrapped_key'] }
  t.same(JSON.parse(unseal(key, sealed, casePlace(id, 'identity')).toString()), IDENTITY)
  t.throws(() => unseal(key, sealed, casePlace(id, 'contact')), 'a box that was moved stays shut')
})

t.test('concurrent writers each make a version of their own', async (t) => {
  const id = await open()
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => write(id, 'family', { children: n })),
  )
  t.same(
    answers.map(({ body }) => body.version).sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6],
  )
  const [row] = await admin`
    select count(*) filter (where is_current)::int as current from cases.datum where case_id = ${id}`
  t.equal(row?.['current'], 1)
})

t.test(
  'the published function alone gives each writer a version, and foreigners none',
  async (t) => {
    const id = await open()
    const put = async (agency: string) => {
      const box = Buffer.from('box').toString('base64')
      const row = { i: 0, case: id, category: 'legal', agency, actor: 'x', ciphertext: box }
      const rows = JSON.stringify([{ ...row, wrapped_key: box }])
      const [written] = await service.unsafe(
        'select outcome, version from cases.write_data($1::text::jsonb)',
        [rows],
      )
      return written
    }
    const written = await Promise.all(Array.from({ length: 8 }, () => put(sender.id)))
    t.same(
      written.map((row) => Number(row?.['version'])).sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8],
    )
    t.match(await put(recipient.id), { outcome: 'absent', version: null })
  },
)

t.test('each opening leaves exactly one committed entry; none, no data', async (t) => {
  const id = await withIdentity()
  const entries = () => admin`
    select * from journal.entry where type = 'cases.data.opened.v1' and object = ${id}`
  const path = `/v1/cases/${id}/data/identity/open`
  const opened = await call('POST', path, undefined, { key: null })
  const agency = sender.id
  t.same(opened.body, { category: 'identity', version: 1, agency, data: IDENTITY })
  const [entry, ...more] = await entries()
  t.equal(more.length, 0)
  t.match(entry, { outcome: 'ok', actor: sender.worker.id, categories: ['identity'], subject: id })
  await Promise.all(Array.from({ length: 10 }, () => call('POST', path)))
  t.equal((await entries()).length, 11, 'as many entries as openings, also at once')
  const none = await call('POST', `/v1/cases/${id}/data/contact/open`)
  t.equal(none.status, 404)
  const foreign = await callAs(hub, recipient.worker)
  const absent = await foreign('POST', `/v1/cases/${newId()}/data/identity/open`)
  const theirs = await foreign('POST', path)
  t.same({ ...theirs.body, instance: 0 }, { ...absent.body, instance: 0 })
  t.equal((await entries()).length, 11)
})

const accessRow = (id: string, agency: TestAgency, access: string) =>
  JSON.stringify([
    { i: 0, access, case: id, category: 'identity', agency: agency.id, actor: agency.worker.id },
  ])
const OPEN = 'select outcome from cases.open_access($1::text::jsonb)'
const READ = 'select i from cases.read_payload($1::text::jsonb)'

t.test('the service login itself reads nothing without a committed, unused record', async (t) => {
  const id = await withIdentity()
  const denied = { code: '42501' }
  for (const table of ['datum', 'access', 'referral_fact', 'entry_box', 'entry_access']) {
    await t.rejects(service.unsafe(`select * from cases.${table}`), denied, table)
  }
  await t.rejects(service.unsafe('select * from consent.grant'), denied)
  t.equal((await service.unsafe('select id from cases.case_record')).length, 0, 'no actor, no row')
  const row = () => accessRow(id, sender, newId())

  t.equal((await service.unsafe(READ, [row()])).length, 0, 'no opening')

  const together = row()
  await service.begin(async (sql) => {
    t.equal((await sql.unsafe(OPEN, [together]))[0]?.['outcome'], 'ok')
    t.equal((await sql.unsafe(READ, [together])).length, 0, 'not committed yet')
  })
  t.equal((await service.unsafe(READ, [together])).length, 1, 'committed')
  t.equal((await service.unsafe(READ, [together])).length, 0, 'used')

  const undone = row()
  await service
    .begin(async (sql) => {
      await sql.unsafe(OPEN, [undone])
      throw new Error('roll back')
    })
    .catch(() => {})
  t.equal((await service.unsafe(READ, [undone])).length, 0, 'rolled back')

  const inside = row()
  await service.begin(async (sql) => {
    await sql.savepoint((point) => point.unsafe(OPEN, [inside]))
    t.equal((await sql.unsafe(READ, [inside])).length, 0, 'a released savepoint is no commit')
  })

  const borrowed = newId()
  await service.unsafe(OPEN, [accessRow(id, sender, borrowed)])
  t.equal(
    (await service.unsafe(READ, [accessRow(id, recipient, borrowed)])).length,
    0,
    'not theirs',
  )

  const old = newId()
  await service.unsafe(OPEN, [accessRow(id, sender, old)])
  await admin`update cases.access set at = at - interval '31 seconds' where id = ${old}`
  t.equal((await service.unsafe(READ, [accessRow(id, sender, old)])).length, 0, 'too old')

  const raced = row()
  await service.unsafe(OPEN, [raced])
  const reads = await Promise.all(Array.from({ length: 8 }, () => service.unsafe(READ, [raced])))
  t.equal(reads.filter((rows) => rows.length > 0).length, 1, 'of eight at once, one reads')

  t.equal(
    (await service.unsafe(OPEN, [accessRow(id, recipient, newId())]))[0]?.['outcome'],
    'absent',
  )
  await admin`update cases.datum set wrapped_key = null where case_id = ${id}`
  t.equal((await service.unsafe(OPEN, [row()]))[0]?.['outcome'], 'absent', 'erased')
})

t.test('a person sets of a stage only what no event can know', async (t) => {
  const id = await open()
  const set = (body: object) => call('PUT', `/v1/cases/${id}/stages/legal`, body)
  for (const body of [
    { state: 'referred' },
    { state: 'completed' },
    { state: 'not_needed' },
    { state: 'needed', reason: 'met_elsewhere' },
    { state: 'survivor_declined' },
    { state: 'survivor_declined', ask_again_on: new Date().toISOString().slice(0, 10) },
    { state: 'needed', ask_again_on: '2099-01-01' },
  ]) {
    t.equal((await set(body)).status, 400, JSON.stringify(body))
  }
  const declined = await set({ state: 'survivor_declined', ask_again_on: '2099-01-01' })
  t.match(declined.body, { stage: 'legal', state: 'survivor_declined', ask_again_on: '2099-01-01' })
  t.match((await set({ state: 'not_needed', reason: 'met_by_family' })).body, {
    state: 'not_needed',
    reason: 'met_by_family',
    ask_again_on: null,
  })
  const entries = await admin`
    select purpose, reason, data from journal.entry
    where type = 'cases.stage.set.v1' and object = ${id} order by seq`
  t.match(entries, [
    { purpose: 'legal', data: { state: 'survivor_declined' } },
    { purpose: 'legal', reason: 'met_by_family' },
  ])
})

t.test('a stage follows what its referrals do, in whatever order that is heard', async (t) => {
  const bus = await connectBus({ url: hub.natsUrl, log: createLog('silent') })
  t.teardown(() => bus.close())
  const id = await open()
  let position = (await bus.tail('HUB')).position ?? 0
  const tell = (verb: string, referral: string, at: number, more: object = {}) => {
    const type = `referrals.referral.${verb}.v1` as EventType
    const entry = newId()
    position += 1
    const body = { position: at, entry, type, at: new Date().toISOString(), outcome: 'ok' }
    const about = { agency: sender.id, subject: id, object: referral, purpose: 'shelter' }
    const subject = `hub.${type}`
    const message = { ...body, ...about, reason: null, data: {}, ...more }
    return bus.publish([{ stream: 'HUB', subject, id: entry, position, body: message }])
  }
  const stateOf = async (): Promise<string> =>
    (await call('GET', `/v1/cases/${id}`)).body.stages[0]?.state
  const becomes = async (state: string) => {
    await until(async () => (await stateOf()) === state, { what: `the stage to be ${state}` })
    t.pass(state)
  }
  const [first, second] = [newId(), newId()]
  await tell('sent', first, 10, { outcome: 'refused' })
  await tell('sent', newId(), 11, { purpose: 'repatriation' })
  await tell('drafted', first, 12)
  await tell('handed_over', first, 30)
  await becomes('in_service')
  await tell('accepted', first, 20)
  await tell('sent', second, 31)
  await tell('completed', first, 40)
  await becomes('referred')
  const set = await call('PUT', `/v1/cases/${id}/stages/shelter`, { state: 'needed' })
  t.match(set.body, { code: 'stage_in_hand', state: 'referred' })
  await tell('declined', second, 50)
  await becomes('completed')
  t.equal((await call('PUT', `/v1/cases/${id}/stages/shelter`, { state: 'needed' })).status, 200)
  await tell('closed', first, 60)
  const third = newId()
  await tell('sent', third, 61)
  await becomes('referred')
  await tell('withdrawn', third, 62)
  await becomes('completed')
  const followed = await admin`
    select data ->> 'state' as state, concerned from journal.entry
    where type = 'cases.stage.followed.v1' and object = ${id} order by seq`
  t.same(
    followed.map((row) => row['state']),
    ['in_service', 'referred', 'completed', 'referred', 'completed'],
    'what a person set stood when the close was heard',
  )
  t.same(followed[0]?.['concerned'], [sender.id])
})
