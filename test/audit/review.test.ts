// Goal: a reviewer sees who opened what, when, why and under which consent; what is unusual first;
// and what was asked and answered is on the record. Method: the public API over a real hand-off.
import t from 'tap'
import { audit } from '../../services/audit/service.ts'
import type { OpeningPage, RuleRead } from '../../src/contracts/audit-review.ts'
import type { Static } from 'typebox'
import { personOf, systemOf } from '../helpers/actors.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createScene(t, [audit])
const { network, admin, as } = scene
const { sender, recipient, other } = network
const placed = () =>
  until(async () => (await admin`select 1 from journal.entry limit 1`).length === 0, {
    what: 'the journal to be placed',
  })
const referral = await scene.sent()
const caseId = referral.case
const [senderReviewer, recipientReviewer] = [
  await as(sender.reviewer),
  await as(recipient.reviewer),
]
const worker = await as(recipient.worker)
const mine = await as(sender.worker)
const nameAtRecipient = (await worker('GET', `/v1/referrals/${referral.id}`)).body.subject

const openings = async (call: typeof worker, name: string) => {
  await placed()
  const { status, body } = await call('GET', `/v1/audit/cases/${encodeURIComponent(name)}/openings`)
  t.equal(status, 200)
  return body as Static<typeof OpeningPage>
}

t.test('nobody has opened it, said in words', async (t) => {
  for (const [call, name] of [
    [senderReviewer, caseId],
    [recipientReviewer, nameAtRecipient],
  ] as const) {
    t.match(await openings(call, name), { nobody: true, items: [], statement: { en: /^Nobody/ } })
  }
  t.match((await worker('GET', '/v1/audit/mine')).body, {
    nobody: true,
    statement: { en: /nobody/ },
  })
})

t.test('who opened what, when, why, under which consent', async (t) => {
  const intake = await as(recipient.intake)
  const path = `/v1/referrals/${referral.id}`
  t.equal((await intake('POST', `${path}/acknowledge`, { version: 1 })).status, 200)
  const accepted = await worker('POST', `${path}/accept`, { version: 2 })
  t.equal(accepted.status, 200, accepted.text)
  t.equal((await worker('POST', `${path}/package/identity/open`, {})).status, 200)
  const seen = await openings(senderReviewer, caseId)
  t.match(seen, {
    nobody: false,
    items: [
      {
        type: 'referrals.package.opened.v1',
        agency: recipient.id,
        actor: null,
        categories: ['identity'],
        purpose: 'shelter',
        referral: referral.id,
        basis: 'consent',
        grant: /^[0-9a-f-]{36}$/,
        case: caseId,
      },
    ],
  })
  const own = await openings(recipientReviewer, nameAtRecipient)
  t.match(own.items, [{ actor: recipient.worker.id, case: nameAtRecipient }])
  t.notMatch(JSON.stringify(own), new RegExp(caseId))
  const foreign = await recipientReviewer('GET', `/v1/audit/cases/${caseId}/openings`)
  t.equal(foreign.status, 404, 'a case is asked for by the name that one knows')
  t.match((await worker('GET', '/v1/audit/mine')).body.items, [{ referral: referral.id }])
  t.equal((await mine('GET', '/v1/audit/mine')).body.nobody, true)
  t.equal((await senderReviewer('GET', '/v1/audit/mine?after=x')).status, 400)
})

t.test('the trail by actor, agency and category', async (t) => {
  const count = async (query: string) =>
    (await recipientReviewer('GET', `/v1/audit/entries?limit=200&${query}`)).body.items.length
  t.equal(await count(`actor=${recipient.worker.id}&type=referrals.package.opened.v1`), 1)
  t.equal(await count(`actor=${sender.worker.id}`), 0, 'others are not searched by person')
  t.ok((await count(`agency=${sender.id}`)) > 0)
  t.equal(await count('category=identity&type=referrals.package.opened.v1'), 1)
  t.equal(await count('category=narrative'), 0)
  t.equal((await recipientReviewer('GET', '/v1/audit/entries?category=x')).status, 400)
})

const tune = async (name: string, change: object) => {
  const { body } = await recipientReviewer('GET', '/v1/audit/rules')
  const { version, settings } = body.items.find((rule: RuleRead) => rule.name === name)
  return await recipientReviewer('PUT', `/v1/audit/rules/${name}`, {
    is_on: true,
    settings,
    version,
    ...change,
  })
}
const always = { time_zone: 'Asia/Jakarta', from_hour: 0, to_hour: 24, days: [1, 2, 3, 4, 5, 6, 7] }
const never = { ...always, to_hour: 0 }
const unusual = async (query = '') => {
  await placed()
  const { body } = await recipientReviewer('GET', `/v1/audit/unusual?${query}`)
  return body
}

t.test('unusual access first, by named rules that each agency tunes', async (t) => {
  t.equal((await tune('outside_hours', { settings: always })).status, 200)
  t.match(await unusual(), { items: [], statement: { en: /no unusual access/ } })
  for (let i = 0; i < 3; i++) {
    const refused = await worker('POST', `/v1/referrals/${referral.id}/package/narrative/open`, {})
    t.ok(refused.status >= 400)
  }
  const attempts = (await unusual()).items
  t.equal(attempts.length, 3)
  t.ok(attempts.every(({ rules }: { rules: string[] }) => rules.join() === 'refused_attempts'))
  t.equal((await tune('outside_hours', { settings: never })).status, 200)
  t.equal((await tune('honey_case', { settings: { cases: [nameAtRecipient] } })).status, 200)
  const { items } = await unusual()
  t.ok(items.slice(0, 4).every(({ rules }: { rules: string[] }) => rules.includes('honey_case')))
  const opening = 'referrals.package.opened.v1'
  const found = items.find((item: { entry: { type: string } }) => item.entry.type === opening)
  t.match(found, {
    rules: ['honey_case', 'outside_hours'],
    verdict: null,
    entry: { type: 'referrals.package.opened.v1', content: { actor: recipient.worker.id } },
  })
  t.equal((await tune('refused_attempts', { is_on: false })).status, 200)
  t.ok(
    (await unusual()).items.every(
      ({ rules }: { rules: string[] }) => !rules.includes('refused_attempts'),
    ),
  )
  t.equal((await tune('many_cases', { settings: { cases: 1 } })).status, 400)
  t.equal((await tune('many_cases', { version: 7 })).status, 409)
  t.equal((await tune('many_cases', { settings: { cases: 2, more: 1 } })).status, 400)
  const changes = await recipientReviewer(
    'GET',
    '/v1/audit/entries?type=audit.rule.changed.v1&limit=200',
  )
  t.notMatch(JSON.stringify(changes.body), new RegExp(nameAtRecipient), 'honey stays hidden')
})

t.test('one person opens many cases', async (t) => {
  t.equal((await tune('many_cases', { settings: { cases: 2 } })).status, 200)
  const second = await scene.sent()
  const intake = await as(recipient.intake)
  const path = `/v1/referrals/${second.id}`
  await intake('POST', `${path}/acknowledge`, { version: 1 })
  await worker('POST', `${path}/accept`, { version: 2 })
  t.equal((await worker('POST', `${path}/package/identity/open`, {})).status, 200)
  const named = (await unusual()).items.filter(({ rules }: { rules: string[] }) =>
    rules.includes('many_cases'),
  )
  t.equal(named.length, 2)
})

t.test('reviewed, asked, answered: entries too', async (t) => {
  const [first] = (await unusual()).items
  const { n } = first.entry
  const mark = (verdict: string) =>
    recipientReviewer('POST', `/v1/audit/entries/${n}/review`, { verdict })
  const asked = await mark('reason_asked')
  t.match(asked, { status: 200, body: { n, verdict: 'reason_asked', question: /^[0-9a-f-]{36}$/ } })
  t.equal((await mark('reason_asked')).body.question, asked.body.question, 'asked once')
  t.equal((await unusual()).items[0].verdict, 'reason_asked')
  const question = `/v1/audit/questions/${asked.body.question}/answer`
  t.match((await worker('GET', '/v1/audit/questions')).body.items, [{ n, answered_at: null }])
  t.same((await mine('GET', '/v1/audit/questions')).body.items, [], 'not of another agency')
  const intake = await as(recipient.intake)
  t.same((await intake('GET', '/v1/audit/questions')).body.items, [], 'nor of a colleague')
  t.equal((await intake('POST', question, { text: 'x' })).status, 404)
  const text = 'Dia tiba malam hari dan perlu tempat tidur.'
  t.equal((await worker('POST', question, { text })).status, 200)
  t.match(await worker('POST', question, { text }), {
    status: 409,
    body: { code: 'question_answered' },
  })
  const told = (await recipientReviewer('GET', '/v1/audit/questions')).body.items
  t.match(told, [{ answer: text, actor: recipient.worker.id }])
  const rows = await admin`select (q.*)::text as row from audit.question q
    union all select (a.*)::text from journal.answer a union all select (e.*)::text from journal.entry e`
  t.notMatch(JSON.stringify(rows), /tempat tidur/, 'the words lie sealed')
  t.equal((await mark('reviewed')).status, 200)
  t.not((await unusual()).items[0]?.entry.n, n, 'what was reviewed is done')
  t.equal((await unusual('reviewed=true')).items[0].entry.n, n)
  await placed()
  for (const type of [
    'audit.entry.reviewed.v1',
    'audit.reason.asked.v1',
    'audit.reason.given.v1',
  ]) {
    const { body } = await recipientReviewer('GET', `/v1/audit/entries?type=${type}`)
    t.equal(body.items[0].content.object, first.entry.content.id, type)
  }
  t.equal(
    (await recipientReviewer('POST', '/v1/audit/entries/999999/review', { verdict: 'reviewed' }))
      .status,
    404,
  )
  const sent = await recipientReviewer('GET', '/v1/audit/entries?type=referrals.referral.sent.v1')
  const foreign = `/v1/audit/entries/${sent.body.items[0].n}/review`
  const nobody = await recipientReviewer('POST', foreign, { verdict: 'reason_asked' })
  t.match(nobody, { status: 422, body: { code: 'nobody_to_ask' } })
})

t.test("the survivor's own report", async (t) => {
  await placed()
  const { status, body } = await mine('GET', `/v1/audit/cases/${caseId}/report`)
  t.equal(status, 200)
  t.match(body.holders, [
    { agency: recipient.id, opened: 1, categories: ['identity', 'safety'], ended: false },
  ])
  t.match(
    body.text.id,
    /Test Recipient menerima: nama dan jati diri dan keselamatan\. Untuk: tempat berlindung\. Sudah dibuka 1 kali/,
  )
  t.match(body.text.en, /Test Recipient was given: name and identity and safety\. For: shelter/)
  const fresh = await scene.openCase()
  await placed()
  const none = await mine('GET', `/v1/audit/cases/${fresh}/report`)
  t.match(none.body, { holders: [], text: { id: /Belum ada lembaga lain/ } })
  t.equal((await worker('GET', `/v1/audit/cases/${caseId}/report`)).status, 404)
  t.equal(
    (await worker('GET', `/v1/audit/cases/${nameAtRecipient}/report`)).status,
    404,
    'not its owner',
  )
})

t.test('reviewing is for reviewers', async (t) => {
  const paths = ['/v1/audit/unusual', '/v1/audit/rules', `/v1/audit/cases/${caseId}/openings`]
  const strangers = [sender.worker, sender.supervisor, personOf(null, 'hub_administrator')]
  for (const actor of [...strangers, systemOf(other.id, 'referrals:send')]) {
    for (const path of paths) t.equal((await (await as(actor))('GET', path)).status, 403, path)
  }
  const overseer = await as(personOf(null, 'oversight_reviewer'))
  t.equal((await overseer('GET', `/v1/audit/cases/${caseId}/openings`)).status, 422)
  t.equal((await overseer('GET', '/v1/audit/unusual')).status, 403)
})
