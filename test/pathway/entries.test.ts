// Goal: what people record of a pathway is checked, sealed, versioned and read only on the record;
// doing the thing closes the gap, and nobody else learns of any of it.
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { newId } from '../../src/id.ts'
import { callAs, createNetwork } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { withoutInstance } from '../helpers/referral-scene.ts'

const DAY = 86_400_000
const clock = Date.UTC(2026, 2, 2, 3)
const hub = await startHub(t, { services: [cases], now: () => new Date(clock) })
const { sender, recipient, administrator } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.worker)
const foreign = await callAs(hub, recipient.worker)
const keeper = await callAs(hub, administrator)

const day = (days: number): string => new Date(clock + days * DAY).toISOString().slice(0, 10)
const open = async (more: object = {}): Promise<string> =>
  (await call('POST', '/v1/cases', { age_band: 'from_25_to_39', district: '98.01', ...more })).body
    .id
const fieldsOf = (body: { errors: { field: string }[] }): string[] =>
  body.errors.map((error) => error.field)

const CANARY = 'Kenanga-canary-51d2'
const ASSESSMENT = {
  assessed_on: day(0),
  method: 'interview',
  findings: {
    exploitation: { vic_MethodsOfControl: ['WithholdsDocuments', 'x-WagesUnpaid'] },
    narrative: { summary: CANARY },
  },
}

t.test(
  'an assessment is judged, sealed, versioned, and sets what it finds of stages',
  async (t) => {
    const id = await open()
    const path = `/v1/cases/${id}/assessments`
    const wrong = await call('POST', path, {
      ...ASSESSMENT,
      assessed_on: day(2),
      findings: {
        economic: { prs_FirstName: 'x' },
        exploitation: { vic_MethodsOfControl: ['Debt'] },
      },
      stages: [{ stage: 'legal', state: 'not_needed' }],
    })
    t.equal(wrong.status, 400)
    t.same(fieldsOf(wrong.body).toSorted(), [
      'assessed_on',
      'findings.economic.prs_FirstName',
      'findings.exploitation.vic_MethodsOfControl.0',
      'stages.0.reason',
    ])
    t.equal((await call('POST', path, { ...ASSESSMENT, findings: {} })).status, 400)
    t.equal(
      (await call('POST', path, ASSESSMENT, { key: null })).body.code,
      'idempotency_key_missing',
    )
    const key = newId()
    const stages = [{ stage: 'legal', state: 'needed' }]
    const first = await call('POST', path, { ...ASSESSMENT, stages }, { key })
    t.match(first.body, {
      kind: 'assessment',
      version: 1,
      details: { method: 'interview' },
      categories: ['exploitation', 'narrative'],
    })
    const again = await call('POST', path, { ...ASSESSMENT, stages }, { key })
    t.same(again.body, first.body, 'the same key, the same answer')
    t.equal((await call('POST', path, ASSESSMENT)).body.version, 2)
    const { body } = await call('GET', `/v1/cases/${id}/pathway`)
    t.equal(body.stages.length, 11)
    t.match(body.stages[5], {
      stage: 'legal',
      state: 'needed',
      since: new Date(clock).toISOString(),
    })
    t.match(body.stages[0], { stage: 'identification', state: 'not_assessed', set_by: null })
    t.match(body.latest, [{ kind: 'assessment', version: 2 }])

    for (const table of ['entry', 'entry_box', 'pathway', 'gap']) {
      const text = JSON.stringify(await admin.unsafe(`select t::text from cases.${table} t`))
      const hex = Buffer.from(CANARY).toString('hex')
      t.notOk(text.includes(CANARY) || text.includes(hex), `${table} holds no words`)
    }
    const opening = `/v1/cases/${id}/entries/${first.body.id}/open`
    const opened = await call('POST', opening, { category: 'narrative' })
    t.same(opened.body, { entry: first.body.id, category: 'narrative', data: { summary: CANARY } })
    const entries = await admin`select actor, categories from journal.entry
    where type = 'cases.entry.opened.v1' and object = ${first.body.id}`
    t.match(entries, [{ actor: sender.worker.id, categories: ['narrative'] }])
    t.equal((await call('POST', opening, { category: 'legal' })).status, 404, 'nothing is in it')
    const theirs = await foreign('POST', opening, { category: 'narrative' })
    const absent = await foreign('POST', `/v1/cases/${newId()}/entries/${newId()}/open`, {
      category: 'narrative',
    })
    t.equal(withoutInstance(theirs), withoutInstance(absent))
  },
)

t.test('plan, conference, safety plan: their words are sealed, their days are open', async (t) => {
  const id = await open()
  const at = (path: string) => `/v1/cases/${id}/${path}`
  const goal = await call('POST', at('goals'), {
    stage: 'economic',
    goal: 'Modal usaha kue',
    owner: recipient.id,
    due_on: day(20),
  })
  t.match(goal.body, {
    kind: 'goal',
    state: 'open',
    stage: 'economic',
    details: { owner: recipient.id },
  })
  t.equal(
    (await call('POST', at('goals'), { stage: 'legal', goal: ' ', due_on: day(1) })).status,
    400,
  )
  t.same(
    fieldsOf(
      (await call('POST', at('goals'), { stage: 'legal', goal: 'x', due_on: day(-2) })).body,
    ),
    ['due_on'],
  )
  const change = (body: object) => call('PUT', at(`goals/${goal.body.id}`), body)
  t.match((await change({ version: 1, state: 'open', due_on: day(30) })).body, {
    version: 2,
    due_on: day(30),
  })
  t.match((await change({ version: 1, state: 'achieved' })).body, {
    code: 'version_conflict',
    version: 2,
  })
  t.match((await call('GET', at('pathway'))).body.goals, [{ id: goal.body.id, version: 2 }])
  t.equal((await change({ version: 2, state: 'achieved' })).status, 200)
  t.same((await call('GET', at('pathway'))).body.goals, [])

  const held = { held_on: day(-1), agencies: [recipient.id], notes: CANARY }
  t.same((await call('POST', at('conferences'), held)).body.categories, ['narrative'])
  const unsafe = await call('POST', at('safety-plans'), {
    plan: { prs_MobilePhone: '+62811' },
    review_on: day(30),
  })
  t.same(fieldsOf(unsafe.body), ['plan.prs_MobilePhone'], 'a phone number belongs to contact')
  const plan = { plan: { code_word: 'kunang-kunang', exits: ['belakang'] }, review_on: day(30) }
  t.match((await call('POST', at('safety-plans'), plan)).body, {
    version: 1,
    categories: ['safety'],
  })
  t.equal((await call('POST', at('safety-plans'), plan)).body.version, 2)
  const listed = await call('GET', at('entries?limit=2'))
  t.equal(listed.body.items.length, 2)
  const rest = await call('GET', at(`entries?limit=2&after=${listed.body.next}`))
  t.same([rest.body.items.length, rest.body.next], [2, null])
  t.equal((await call('GET', at('entries?kind=goal'))).body.items.length, 1)
  for (const path of ['pathway', 'entries']) {
    const theirs = await foreign('GET', at(path))
    const absent = await foreign('GET', `/v1/cases/${newId()}/${path}`)
    t.equal(withoutInstance(theirs), withoutInstance(absent), path)
    t.equal((await keeper('GET', at(path))).status, 403, 'no case content for administrators')
  }
})
