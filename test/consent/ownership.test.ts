// Goal: a case that changes hands takes its consents along, and no statement or entry is half made.
// Method: ownership moves as a hand-over moves it, also in the middle of a request; the journal is
// taken away, and nothing else may then be there either.
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import { newId } from '../../src/id.ts'
import { callAs, createNetwork } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { until } from '../helpers/until.ts'

const hub = await startHub(t, { services: [cases, consent] })
const { sender, recipient, other } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 4, onnotice: () => {} })
t.teardown(() => admin.end())
const before = await callAs(hub, sender.worker)
const after = await callAs(hub, recipient.worker)

const open = async (): Promise<string> =>
  (await before('POST', '/v1/cases', { age_band: 'from_25_to_39' })).body.id
const said = (caseId: string, more: object = {}) => ({
  case: caseId,
  status: 'given',
  recipients: [other.id],
  purposes: ['legal', 'repatriation'],
  categories: ['identity'],
  onward: 'none',
  method: 'written',
  language: 'id',
  notice: { version: '1', sha256: 'c'.repeat(64) },
  interpreter: false,
  ...more,
})
const move = (sql: postgres.Sql | postgres.TransactionSql, caseId: string) =>
  sql`
    select cases.take_ownership(${caseId}, ${sender.id}, ${recipient.id}, 'test', ${newId()}, '{}')`

t.test('consents follow the case, ended ones too', async (t) => {
  const caseId = await open()
  await before('POST', '/v1/consents', said(caseId))
  const ended = { case: caseId, scope: 'this_referral', recipient: other.id, purpose: 'legal' }
  t.equal((await before('POST', '/v1/withdrawals', ended)).body.grants, 1)
  await move(admin, caseId)
  const { body } = await after('GET', `/v1/consents?case=${caseId}`)
  t.same([body.items.length, body.grants.length], [1, 2], 'with the evidence')
  const gone = (await before('GET', `/v1/consents?case=${caseId}`)).body
  t.same([gone.items, gone.grants], [[], []])
  const whole = { case: caseId, scope: 'all_sharing' }
  const renewed = await after('POST', '/v1/consents', said(caseId, { status: 'renewed' }))
  t.equal(renewed.status, 201, renewed.text)
  t.equal((await after('POST', '/v1/withdrawals', whole)).body.grants, 2)
  t.equal((await before('GET', `/v1/cases/${caseId}`)).status, 404)
  t.equal((await after('GET', `/v1/cases/${caseId}`)).body.version, 2)
})

t.test('a case that moves during a statement: the old owner permits nothing', async (t) => {
  const caseId = await open()
  const waiting = () => admin`
    select from pg_stat_activity
    where datname = current_database() and usename = 'titian_consent' and wait_event_type = 'Lock'`
  const { recording } = await admin.begin(async (sql) => {
    await move(sql, caseId)
    const recording = before('POST', '/v1/consents', said(caseId))
    await until(async () => (await waiting()).length > 0, { what: 'the statement to wait' })
    return { recording: recording.then(({ status }) => status) }
  })
  t.equal(await recording, 404)
  t.same(await admin`select from consent.grant where case_id = ${caseId}`, [])
})

t.test('a change and its journal entry are there together, or neither', async (t) => {
  const caseId = await open()
  const rows = () => admin`
    select (select count(*) from cases.case_record) as cases,
      (select count(*) from cases.do_not_send) as blocks,
      (select count(*) from consent.statement) as statements,
      (select count(*) from consent.grant) as grants,
      (select count(*) from journal.answer) as answers`
  const [was] = await rows()
  await admin`revoke insert on journal.entry from titian_cases, titian_consent`
  const block = `/v1/cases/${caseId}/do-not-send/${other.id}`
  t.equal((await before('POST', '/v1/cases', { age_band: 'from_60' })).status, 500)
  t.equal((await before('PUT', block)).status, 500)
  t.equal((await before('POST', '/v1/consents', said(caseId))).status, 500)
  t.equal((await after('GET', `/v1/cases/${caseId}`)).status, 503, 'nor is a refusal given')
  t.same(await rows(), [was])
  await admin`grant insert on journal.entry to titian_cases, titian_consent`
  t.equal((await before('PUT', block)).status, 200)
})

t.test('row-level security alone keeps agencies apart', async (t) => {
  const caseId = await open()
  await before('POST', '/v1/consents', said(caseId))
  for (const [role, tables] of [
    ['titian_cases', ['cases.case_record', 'cases.stage', 'cases.do_not_send']],
    [
      'titian_consent',
      ['consent.statement', 'consent.grant', 'consent.withdrawal', 'consent.stop_order'],
    ],
  ] as const) {
    const service = postgres(hub.database.urlOf(role), { max: 1, onnotice: () => {} })
    for (const table of tables) {
      for (const agencies of ['', '{}', `{${other.id}}`]) {
        const seen = await service.begin(async (sql) => {
          await sql`select set_config('app.agency', ${agencies}, true)`
          return await sql.unsafe(`select * from ${table}`)
        })
        t.equal(seen.length, 0, `${table} for ${agencies || 'nobody'}`)
      }
    }
    await service.end()
  }
})
