import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../services/cases/service.ts'
import { newId } from '../src/id.ts'
import { callAs, createNetwork, personOf, type Answered } from './helpers/actors.ts'
import { startHub } from './helpers/hub.ts'

const hub = await startHub(t, { services: [cases] })
const { sender, recipient, administrator } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.worker)
const foreign = await callAs(hub, recipient.worker)

const NEW = {
  age_band: 'from_25_to_39',
  district: '98.01',
  languages: ['id'],
  needs: ['female_staff'],
}
const open = async (more: object = {}): Promise<string> => {
  const { status, body } = await call('POST', '/v1/cases', { ...NEW, ...more })
  if (status !== 201) throw new Error(`no case was opened: ${JSON.stringify(body)}`)
  return body.id as string
}
const entriesOf = (type: string, object: string) =>
  admin`select * from journal.entry where type = ${type} and object = ${object} order by seq`
const withoutInstance = ({ status, body }: Answered) => ({ status, ...body, instance: null })

t.test('a case is opened once, under a name that people can say', async (t) => {
  const key = randomUUID()
  const stages = [
    { stage: 'shelter', state: 'needed' },
    { stage: 'legal', state: 'not_needed', reason: 'met_elsewhere' },
  ]
  const first = await call('POST', '/v1/cases', { ...NEW, stages }, { key })
  t.equal(first.status, 201, first.text)
  t.match(first.body.reference, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
  t.match(first.body, { owner: sender.id, version: 1, data: [], do_not_send: [], returns: [] })
  t.same(
    first.body.stages.map((row: { stage: string; state: string }) => [row.stage, row.state]),
    [
      ['shelter', 'needed'],
      ['legal', 'not_needed'],
    ],
    'in the order of the pathway',
  )
  const again = await call('POST', '/v1/cases', { ...NEW, stages }, { key })
  t.same(again.body, first.body, 'the same key gets the first answer')
  const other = await call('POST', '/v1/cases', NEW, { key })
  t.equal(other.body.code, 'idempotency_key_reused')
  t.equal(
    (await call('POST', '/v1/cases', NEW, { key: null })).body.code,
    'idempotency_key_missing',
  )
  const entries = await entriesOf('cases.case.opened.v1', first.body.id)
  t.equal(entries.length, 1, 'one journal entry')
  t.match(entries[0], { agency: sender.id, actor: sender.worker.id, concerned: [sender.id] })
  t.same((await call('GET', `/v1/cases/${first.body.id}`)).body, first.body)
})

t.test('what cannot be is refused field by field, and nothing is saved', async (t) => {
  const count = () => admin`select count(*)::int as n from cases.case_record`
  const [before] = await count()
  const refused = await call('POST', '/v1/cases', {
    ...NEW,
    stages: [
      { stage: 'legal', state: 'not_needed' },
      { stage: 'legal', state: 'survivor_declined', ask_again_on: '2020-01-01' },
    ],
  })
  t.equal(refused.status, 400)
  t.same(
    refused.body.errors.map((error: { field: string }) => error.field),
    ['stages.0.reason', 'stages.1.ask_again_on', 'stages.1.stage'],
  )
  for (const body of [{ ...NEW, owner: recipient.id }, { ...NEW, version: 9 }, {}, null]) {
    t.equal((await call('POST', '/v1/cases', body)).status, 400)
  }
  t.same(await count(), [before])
})

t.test(
  'a foreign case answers exactly like an absent one, and the attempt is recorded',
  async (t) => {
    const id = await open()
    const data = { data: { prs_FirstName: 'Melur' } }
    await call('PUT', `/v1/cases/${id}/data/identity`, data)
    const routes = [
      ['GET', '', undefined],
      ['PUT', '', { ...NEW, version: 1 }],
      ['PUT', '/data/identity', data],
      ['POST', '/data/identity/open', undefined],
      ['PUT', '/stages/legal', { state: 'needed' }],
      ['PUT', '/own-wish', { purpose: 'repatriation', wish: 'wants_this' }],
      ['PUT', '/risk-assessment', { purpose: 'repatriation', risk: 'low' }],
      ['PUT', `/do-not-send/${recipient.id}`, undefined],
      ['DELETE', `/do-not-send/${recipient.id}`, undefined],
    ] as const
    const before = (await call('GET', `/v1/cases/${id}`)).body
    for (const [method, path, body] of routes) {
      const theirs = await foreign(method, `/v1/cases/${id}${path}`, body)
      const absent = await foreign(method, `/v1/cases/${newId()}${path}`, body)
      t.equal(theirs.status, 404, `${method} ${path}`)
      t.same(withoutInstance(theirs), withoutInstance(absent), 'the same body')
    }
    const refused = await admin`
    select outcome, actor, concerned from journal.entry
    where type = 'cases.case.refused.v1' and object = ${id}`
    t.equal(refused.length, routes.length, 'each attempt is on the record')
    t.ok(
      refused.every((row) => row['outcome'] === 'refused' && row['actor'] === recipient.worker.id),
    )
    t.same((await call('GET', `/v1/cases/${id}`)).body, before, 'nothing changed')
    t.equal((await foreign('GET', `/v1/cases?limit=100`)).body.items.length, 0)
    for (const odd of ['not-an-id', id.toUpperCase(), `urn:uuid:${id}`]) {
      t.equal((await call('GET', `/v1/cases/${odd}`)).status, 400, odd)
    }
  },
)

t.test('only those who work on cases reach them', async (t) => {
  const id = await open()
  for (const actor of [
    sender.intake,
    sender.reviewer,
    administrator,
    personOf(null, 'oversight_reviewer'),
  ]) {
    const their = await callAs(hub, actor)
    t.equal((await their('GET', `/v1/cases/${id}`)).status, 403, actor.roles.join())
    t.equal((await their('GET', '/v1/cases')).status, 403)
    t.equal((await their('POST', `/v1/cases/${id}/data/identity/open`)).status, 403)
    t.equal((await their('POST', '/v1/cases', NEW)).status, 403)
  }
  t.equal((await (await callAs(hub, sender.system))('GET', `/v1/cases/${id}`)).status, 200)
})

t.test('the list is newest first, page by page, without holes', async (t) => {
  const lister = personOf(newId(), 'case_worker')
  const mine = await callAs(hub, lister)
  const made: string[] = []
  for (let n = 0; n < 5; n += 1) made.unshift((await mine('POST', '/v1/cases', NEW)).body.id)
  const seen: string[] = []
  let after = ''
  for (;;) {
    const page = await mine('GET', `/v1/cases?limit=2${after}`)
    seen.push(...page.body.items.map((row: { id: string }) => row.id))
    if (page.body.next === null) break
    after = `&after=${page.body.next}`
  }
  t.same(seen, made)
  const odd = Buffer.from('["x"]').toString('base64url')
  t.equal((await mine('GET', `/v1/cases?after=${odd}`)).status, 400)
})

t.test('a change names the version it read; of two, one wins', async (t) => {
  const id = await open()
  const change = { age_band: 'from_18_to_24', district: null, languages: [], needs: [], version: 1 }
  const answers = await Promise.all([0, 1].map(() => call('PUT', `/v1/cases/${id}`, change)))
  t.same(
    answers.map((answer) => answer.status).sort((a, b) => a - b),
    [200, 409],
  )
  const lost = answers.find((answer) => answer.status === 409)
  t.match(lost?.body, { code: 'version_conflict', version: 2 })
  t.match((await call('GET', `/v1/cases/${id}`)).body, { ...change, version: 2 })
  t.equal((await entriesOf('cases.case.changed.v1', id)).length, 1)
})

t.test('wish, risk and do-not-send are recorded with their entry', async (t) => {
  const id = await open()
  const key = randomUUID()
  const purpose = 'reintegration'
  const say = (wish: string, options: object = {}) =>
    call('PUT', `/v1/cases/${id}/own-wish`, { purpose, wish }, options)
  const wish = await say('wants_this', { key })
  t.match(wish.body, { purpose, wish: 'wants_this', wish_at: /Z$/, risk: null, version: 2 })
  t.same((await say('wants_this', { key })).body, wish.body)
  const risk = { purpose, risk: 'high' }
  t.match((await call('PUT', `/v1/cases/${id}/risk-assessment`, risk)).body, {
    wish: 'wants_this',
    risk: 'high',
    risk_at: /Z$/,
    version: 3,
    needs_review: [],
  })
  t.match((await call('GET', `/v1/cases/${id}`)).body.returns, [{ ...risk, wish: 'wants_this' }])
  t.equal((await entriesOf('cases.own_wish.recorded.v1', id)).length, 1)
  t.equal((await entriesOf('cases.risk_assessment.recorded.v1', id)).length, 1)
  const path = `/v1/cases/${id}/do-not-send/${recipient.id}`
  t.match((await call('PUT', path)).body, { agency: recipient.id, blocked: true })
  t.equal((await call('PUT', path)).status, 200, 'again changes nothing')
  t.same((await call('GET', `/v1/cases/${id}`)).body.do_not_send, [recipient.id])
  t.equal((await call('DELETE', path)).body.blocked, false)
  t.same((await call('GET', `/v1/cases/${id}`)).body.do_not_send, [])
  const entries = await entriesOf('cases.do_not_send.changed.v1', id)
  t.equal(entries.length, 2)
  t.ok(
    entries.every((row) => !row['concerned'].includes(recipient.id)),
    'they do not learn of it',
  )
})
