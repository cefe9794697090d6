import { createHash, randomUUID } from 'node:crypto'
import canonicalize from 'canonicalize'
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import type { GrantRead, StatementRead } from '../../src/contracts/consent.ts'
import { newId } from '../../src/id.ts'
import { callAs, createNetwork, type Answered } from '../helpers/actors.ts'
import { CONSENTED } from '../helpers/statement.ts'
import { startHub } from '../helpers/hub.ts'

const hub = await startHub(t, { services: [cases, consent] })
const { sender, recipient, other, administrator } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.worker)
const foreign = await callAs(hub, recipient.worker)

const DAY_MS = 86_400_000
const open = async (ageBand = 'from_25_to_39'): Promise<string> =>
  (await call('POST', '/v1/cases', { age_band: ageBand })).body.id
const said = (caseId: string, more: object = {}) => ({
  ...CONSENTED,
  case: caseId,
  recipients: [recipient.id],
  ...more,
})
const record = (caseId: string, more: object = {}) =>
  call('POST', '/v1/consents', said(caseId, more))
const permits = async (caseId: string): Promise<Record<string, string>> => {
  const { body } = await call('GET', `/v1/consents?case=${caseId}`)
  const active = (body.grants as GrantRead[]).filter((row) => row.status === 'active')
  return Object.fromEntries(
    active.map((row) => [
      `${row.recipient === recipient.id ? 'recipient' : 'other'} ${row.purpose} ${row.basis}`,
      row.categories.join(),
    ]),
  )
}
const daysUntil = (instant: string) => (new Date(instant).getTime() - Date.now()) / DAY_MS
const withoutInstance = ({ status, body }: Answered) => ({ status, ...body, instance: null })
const entriesOf = (type: string, subject: string) =>
  admin`select * from journal.entry where type = ${type} and subject = ${subject} order by seq`

t.test('a statement is evidence: canonical, digested, pseudonymous, never edited', async (t) => {
  const caseId = await open()
  const key = randomUUID()
  const first = await call('POST', '/v1/consents', said(caseId), { key })
  t.equal(first.status, 201, first.text)
  const { statement, grants } = first.body as { statement: StatementRead; grants: GrantRead[] }
  t.same((await call('POST', '/v1/consents', said(caseId), { key })).body, first.body, 'once')
  t.equal(statement.version, 1)
  t.equal(statement.digest, createHash('sha256').update(statement.body).digest('base64url'))
  t.equal(canonicalize(JSON.parse(statement.body)), statement.body)
  t.match(JSON.parse(statement.body).sub, /^pw:[A-Za-z0-9_-]{22}$/)
  t.equal(Buffer.from(statement.jws.split('.')[1] ?? '', 'base64url').toString(), statement.body)
  t.notOk(statement.body.includes(caseId) || statement.body.includes(sender.worker.id))
  const [grant] = grants
  t.equal(grants.length, 1)
  t.match(grant, { recipient: recipient.id, basis: 'consent', status: 'active', version: 1 })
  t.same([grant?.categories, grant?.sensitive], [['identity', 'safety'], ['safety']])
  const days = daysUntil(grant?.ends_at ?? '')
  t.ok(days > 180 && days < 185, 'six months')
  t.ok(daysUntil(grant?.sensitive_ends_at ?? '') < 93, 'three for what is extra sensitive')
  const entries = await entriesOf('consent.statement.recorded.v1', caseId)
  t.equal(entries.length, 1)
  t.match(entries[0], { object: statement.id, concerned: [sender.id], data: { version: 1 } })
  const service = postgres(hub.database.urlOf('titian_consent'), { max: 1, onnotice: () => {} })
  await t.rejects(service`update consent.statement set body = ''`, { code: '42501' })
  await t.rejects(service`delete from consent.statement`, { code: '42501' })
  await service.end()
})

t.test('the period is bounded', async (t) => {
  const caseId = await open()
  for (const days of [-1, 0, 190]) {
    const ends_at = new Date(Date.now() + days * DAY_MS).toISOString()
    t.match((await record(caseId, { ends_at })).body, { errors: [{ field: 'ends_at' }] }, `${days}`)
  }
  const ends_at = new Date(Date.now() + 10 * DAY_MS).toISOString()
  const [grant] = (await record(caseId, { ends_at })).body.grants
  t.same([grant.ends_at, grant.sensitive_ends_at], [ends_at, ends_at])
})

t.test('what does not fit is refused', async (t) => {
  const caseId = await open()
  for (const more of [
    { recipients: [] },
    { recipients: [sender.id] },
    { purposes: ['anything'] },
    { categories: ['everything'] },
    { id: newId() },
    { version: 1 },
    { name: 'Melur' },
    { notice: { version: 'a free text', sha256: 'a'.repeat(64) } },
  ]) {
    t.equal((await record(caseId, more)).status, 400, JSON.stringify(more))
  }
  t.equal((await record(caseId, { id: newId(), version: 1 })).status, 404, 'no such statement')
  t.same(await permits(caseId), {})
})

t.test('a newer statement replaces: what it leaves out is withdrawn', async (t) => {
  const caseId = await open()
  const first = (await record(caseId, { purposes: ['shelter', 'psychosocial'] })).body
  const wider = { recipients: [recipient.id, other.id], categories: ['identity', 'legal'] }
  const id = first.statement.id
  const second = await record(caseId, { ...wider, id, version: 1, status: 'renewed' })
  t.equal(second.status, 201, second.text)
  t.same(await permits(caseId), {
    'recipient shelter consent': 'identity,legal',
    'other shelter consent': 'identity,legal',
  })
  t.equal(second.body.withdrawals.length, 2, 'safety for shelter, and psychosocial whole')
  t.equal(second.body.grants[0].id, first.grants[0].id, 'one row for ever')
  t.ok(second.body.grants[0].version > first.grants[0].version)
  t.match(
    (await entriesOf('consent.grant.withdrawn.v1', caseId)).map((row) => row['categories']),
    [['safety'], null],
  )
  t.match((await record(caseId, { id, version: 1 })).body, { code: 'version_conflict', version: 2 })
  const read = (await call('GET', `/v1/consents/${id}`)).body
  t.same(
    read.versions.map((row: StatementRead) => row.version),
    [2, 1],
  )
  t.same(read.versions[1], first.statement, 'the first version is as it was')
  t.equal(read.grants.length, 3)
  const raced = await Promise.all([0, 1].map(() => record(caseId, { id, version: 2 })))
  t.same(
    raced.map(({ status }) => status).sort((a, b) => a - b),
    [201, 409],
    'of two new versions, one',
  )
})

t.test('a refusal takes away what it names, and newer ones give it back', async (t) => {
  const caseId = await open()
  await record(caseId, { recipients: [recipient.id, other.id], purposes: ['shelter', 'legal'] })
  const refusal = { status: 'refused', recipients: [other.id], purposes: ['shelter', 'legal'] }
  const refused = await record(caseId, { ...refusal, categories: ['safety'] })
  t.same([refused.status, refused.body.grants, refused.body.withdrawals.length], [201, [], 2])
  t.same((await permits(caseId))['other legal consent'], 'identity')
  await record(caseId, { ...refusal, categories: ['identity'] })
  t.same(await permits(caseId), {
    'recipient shelter consent': 'identity,safety',
    'recipient legal consent': 'identity,safety',
  })
  await record(caseId, { recipients: [other.id], purposes: ['legal'], categories: ['safety'] })
  t.equal((await permits(caseId))['other legal consent'], 'safety')
})

t.test('concurrent statements on one case wait for one another', async (t) => {
  const caseId = await open()
  const sets = [['identity'], ['identity', 'legal'], ['identity', 'legal', 'family']]
  const answers = await Promise.all(sets.map((categories) => record(caseId, { categories })))
  t.ok(answers.every(({ status }) => status === 201))
  const rows = await admin`select version from consent.grant where case_id = ${caseId}`
  t.equal(rows.length, 1)
})

t.test('a child needs an able guardian and gives its own assent', async (t) => {
  const able = { guardian: { state: 'able', relation: 'mother' }, assent: true }
  for (const band of ['under_12', 'from_12_to_17', 'unknown']) {
    const caseId = await open(band)
    t.equal((await record(caseId)).body.code, 'guardian_needed', band)
    t.equal((await record(caseId, { ...able, assent: false })).body.code, 'assent_missing')
    t.equal((await record(caseId, { guardian: able.guardian })).body.code, 'assent_missing')
    const unfit = [
      'suspected_perpetrator',
      'obstructing',
      'incapable',
      'none',
      'whereabouts_unknown',
    ]
    for (const state of unfit) {
      const answer = await record(caseId, { ...able, guardian: { state, relation: 'father' } })
      t.equal(answer.body.code, 'guardian_cannot_consent', state)
      t.same(answer.body.lawful_bases, ['statutory_report', 'vital_interest', 'public_task'])
    }
    t.same(await permits(caseId), {}, 'nothing was permitted')
    const refusals = await entriesOf('consent.change.refused.v1', caseId)
    t.equal(refusals.length, 8, 'each refusal is on the record')
    t.equal((await record(caseId, { status: 'refused' })).status, 201, 'refusing needs nobody')
    const day = { turns_18_on: new Date(Date.now() + 400 * DAY_MS).toISOString().slice(0, 10) }
    const given = await record(caseId, band === 'unknown' ? able : { ...able, ...day })
    t.equal(given.status, 201, given.text)
    const days = daysUntil(given.body.grants[0].ends_at)
    t.ok(band === 'unknown' ? days < 93 : days > 180, `${band}: ${days}`)
  }
  const adult = await open()
  t.equal((await record(adult, able)).body.code, 'guardian_not_allowed')
})

t.test(
  "on the 18th birthday a guardian's consent ends, and the birthday is kept nowhere",
  async (t) => {
    const caseId = await open('from_12_to_17')
    const day = new Date(Date.now() + 20 * DAY_MS).toISOString().slice(0, 10)
    const able = { guardian: { state: 'able', relation: 'mother' }, assent: true }
    t.equal((await record(caseId, able)).body.code, 'birthday_needed')
    const { body } = await record(caseId, { ...able, turns_18_on: day })
    t.equal(body.grants[0].ends_at, new Date(`${day}T00:00:00+09:00`).toISOString())
    t.notOk(body.statement.body.includes('turns_18'))
    const grown = await record(caseId, { ...able, turns_18_on: '2020-01-01' })
    t.match(grown.body, { errors: [{ field: 'turns_18_on' }] })
    await admin`update consent.grant set ends_at = now() where case_id = ${caseId}`
    const held = await admin`select * from consent.hold_grant(${admin.json([
      {
        i: 0,
        case: caseId,
        owner: sender.id,
        recipient: recipient.id,
        purpose: 'shelter',
        basis: 'consent',
      },
    ])})`
    t.equal(held.length, 0, 'nothing is permitted from then on')
    const ended = (await call('GET', `/v1/consents?case=${caseId}`)).body.grants
    t.equal(ended[0].status, 'ended')
  },
)

t.test('another lawful basis is a supervisor’s, time boxed, and never consent', async (t) => {
  const caseId = await open()
  const basis = {
    case: caseId,
    recipient: other.id,
    purpose: 'statutory_report',
    basis: 'statutory_report',
    legal_reference: 'UU 21/2007 art. 24',
    categories: ['exploitation'],
    hours: 24,
  }
  t.equal((await call('POST', '/v1/lawful-bases', basis)).status, 403)
  const supervisor = await callAs(hub, sender.supervisor)
  for (const wrong of [
    { basis: 'consent' },
    { hours: 73 },
    { legal_reference: '' },
    { categories: [] },
  ]) {
    t.equal((await supervisor('POST', '/v1/lawful-bases', { ...basis, ...wrong })).status, 400)
  }
  const made = await supervisor('POST', '/v1/lawful-bases', basis)
  t.equal(made.status, 201, made.text)
  t.match(made.body, { basis: 'statutory_report', statement: null, status: 'active' })
  t.ok(Math.abs(daysUntil(made.body.ends_at) - 1) < 0.01)
  const withdrawn = await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  t.match(withdrawn.body, { grants: 0, withdrawal: null }, 'it does not end by withdrawal')
  const again = await supervisor('POST', '/v1/lawful-bases', { ...basis, hours: 72 })
  t.same([again.body.id, again.body.version], [made.body.id, 2], 'one row for ever')
  t.equal((await entriesOf('consent.lawful_basis.recorded.v1', caseId)).length, 2)
})

t.test('a foreign case answers exactly like an absent one', async (t) => {
  const caseId = await open()
  const { statement } = (await record(caseId)).body
  const withdrawn = await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  const supervisor = await callAs(hub, recipient.supervisor)
  const basis = {
    recipient: other.id,
    purpose: 'legal',
    basis: 'public_task',
    legal_reference: 'UU',
    categories: ['legal'],
    hours: 1,
  }
  const pairs = (id: string, object: string, order: string) =>
    [
      ['POST', '/v1/consents', said(id, { recipients: [other.id] })],
      ['POST', '/v1/lawful-bases', { ...basis, legal_reference: 'UU 21/2007', case: id }],
      ['POST', '/v1/withdrawals', { case: id, scope: 'all_sharing' }],
      ['GET', `/v1/consents/${object}`, undefined],
      ['GET', `/v1/consents?case=${id}`, undefined],
      ['GET', `/v1/withdrawals/${order}`, undefined],
      ['GET', `/v1/withdrawals?case=${id}`, undefined],
    ] as const
  const theirs = pairs(caseId, statement.id, withdrawn.body.withdrawal.id)
  const absent = pairs(newId(), newId(), newId())
  for (const [index, [method, path, body]] of theirs.entries()) {
    const [, path2 = '', body2] = absent[index] ?? []
    const one = await supervisor(method, path, body)
    const two = await supervisor(method, path2, body2)
    t.same(withoutInstance(one), withoutInstance(two), `${method} ${path.slice(0, 20)}`)
    t.ok(one.status === 404 || one.body.items.length === 0)
  }
  const administers = await callAs(hub, administrator)
  t.equal((await administers('GET', `/v1/consents?case=${caseId}`)).status, 403)
  t.equal((await foreign('GET', '/v1/stop-orders')).body.items.length, 0)
})
