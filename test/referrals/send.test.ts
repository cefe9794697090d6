import { randomUUID } from 'node:crypto'
import type { JSONWebKeySet } from 'jose'
import t from 'tap'
import { newId } from '../../src/id.ts'
import { verifyPermit } from '../../src/handoff/verify.ts'
import { permitAudienceOf, permitIssuerOf } from '../../src/contracts/permit.ts'
import { createScene, SECRET_TEXTS, withoutInstance } from '../helpers/referral-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createScene(t)
const { hub, network, admin, asked } = scene
const { sender, recipient, other } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)
const send = (body: object, key?: string) =>
  call('POST', '/v1/referrals', body, key === undefined ? {} : { key })
const count = async () =>
  (await admin`select count(*)::int as n from referrals.referral`)[0]?.['n'] as number
const refusals = (caseId: string) =>
  admin`select reason, concerned, categories, data from journal.entry
    where subject = ${caseId} and outcome = 'refused' and type = 'referrals.referral.refused.v1'
    order by seq`

t.test('what consent does not name is left out, and the permit proves the rest', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const categories = ['identity', 'safety', 'documents', 'family']
  const { status, body, text } = await send(asked(caseId, { categories }))
  t.equal(status, 201, text)
  t.match(body, { state: 'sent', version: 1, recipient: recipient.id })
  t.same(body.categories.toSorted(), ['identity', 'safety'])
  t.same(body.dropped, ['documents', 'family'], 'without consent, and without data')
  const published = await fetch(`${hub.url}/.well-known/jwks.json`)
  const jwks = (await published.json()) as JSONWebKeySet
  const issuer = permitIssuerOf(hub.config.publicUrl)
  const audience = permitAudienceOf(recipient.id)
  const claims = await verifyPermit(body.permit, jwks, { issuer, audience })
  t.match(claims, { txn: body.receipt.entry, jti: `h_${body.id.replaceAll('-', '')}` })
  t.same(claims?.authorization_details[0]?.datatypes, body.categories)
  t.equal(
    await verifyPermit(body.permit, jwks, { issuer, audience: permitAudienceOf(other.id) }),
    null,
    'it is for one receiver',
  )
  const [entry, ...more] = await scene.entries(body.id)
  t.equal(more.length, 0, 'one entry')
  t.match(entry, { type: 'referrals.referral.sent.v1', concerned: [sender.id, recipient.id] })
  const [row] = await admin`select id from journal.entry where object = ${body.id}`
  t.equal(row?.['id'], body.receipt.entry, 'the receipt names it')
})

t.test('the envelope tells what to prepare and nothing personal', async (t) => {
  const { id, case: caseId } = await scene.sent({ previous: undefined })
  for (const path of [`/v1/referrals/${id}`, '/v1/referrals?side=recipient&limit=100']) {
    const { status, text } = await theirs('GET', path)
    t.equal(status, 200)
    for (const secret of [...SECRET_TEXTS, caseId, sender.worker.id]) {
      t.notOk(text.includes(secret), `${path} does not tell ${secret}`)
    }
  }
  const { body } = await theirs('GET', `/v1/referrals/${id}`)
  t.match(body, { side: 'recipient', case: null, needs: ['female_staff'], district: '98.01' })
  t.match(body.subject, /^pw:/)
  t.not(body.subject, (await call('GET', `/v1/referrals/${id}`)).body.subject)
})

t.test('at rest there is nothing to read', async (t) => {
  const { id, version } = await scene.sent()
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version })
  const note = 'Apakah Melur memakai kursi roda?'
  const questions = [{ topic: 'needs' }]
  const question = { version: 2, questions, note }
  t.equal((await theirs('POST', `/v1/referrals/${id}/ask`, question)).status, 200)
  const tables = await admin<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('referrals', 'journal', 'consent', 'cases')`
  for (const { name } of tables) {
    const [row] = await admin.unsafe(`select string_agg(x::text, ',') as text from ${name} x`)
    const text = String(row?.['text'])
    // Columns of bytes are shown in hexadecimal.
    const isIn = (secret: string) =>
      text.includes(secret) || text.includes(Buffer.from(secret).toString('hex'))
    t.same(SECRET_TEXTS.filter(isIn), [], `${name} hides them`)
  }
  const { notes } = (await call('GET', `/v1/referrals/${id}`)).body
  t.match(notes, [{ questions, has_text: true }])
  const read = await call('POST', `/v1/referrals/${id}/notes/${notes[0].id}/open`)
  t.equal(read.body.text, note, 'whom it was written to opens it')
})

t.test('without consent nothing is sent, and what is missing is named', async (t) => {
  const caseId = await scene.openCase()
  const before = await count()
  const none = await send(asked(caseId))
  t.match(none.body, { status: 422, code: 'consent_missing', missing: ['identity', 'safety'] })
  const shelter = { purposes: ['shelter'] }
  await scene.consentTo(caseId, { ...shelter, categories: ['identity'] })
  const some = await send(asked(caseId))
  t.match(some.body, { code: 'consent_missing', missing: ['safety'] })
  const unasked = await send(asked(caseId, { categories: ['safety'] }))
  t.same(unasked.body.missing.toSorted(), ['identity', 'safety'])
  const [elsewhere, receiver] = [recipient.service('psychosocial'), other.service('repatriation')]
  t.equal((await send(asked(caseId, { service: elsewhere }))).status, 422, 'another purpose')
  t.match((await send(asked(caseId, { service: receiver }))).body, { code: 'return_gate' })
  t.equal(await count(), before, 'nothing was kept')
  const told = await refusals(caseId)
  t.same(
    told.map((row) => row['reason']),
    ['consent_missing', 'consent_missing', 'consent_missing', 'consent_missing', 'return_gate'],
  )
  t.ok(
    told.every((row) => row['concerned'].join() === sender.id),
    'no recipient hears of it',
  )
})

t.test('a return needs the own wish and a risk assessment', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId, {
    purposes: ['repatriation'],
    categories: ['identity', 'documents'],
  })
  const body = asked(caseId, {
    service: other.service('repatriation'),
    categories: ['identity', 'documents'],
  })
  const codeNow = async () => (await send(body)).body.code
  t.equal(await codeNow(), 'return_gate')
  const purpose = 'repatriation'
  await call('PUT', `/v1/cases/${caseId}/risk-assessment`, { purpose, risk: 'medium' })
  t.equal(await codeNow(), 'return_gate', 'without the wish')
  const say = (wish: string, about = purpose) =>
    call('PUT', `/v1/cases/${caseId}/own-wish`, { purpose: about, wish })
  await say('does_not_want_this')
  t.equal(await codeNow(), 'return_gate', 'against the wish')
  await say('wants_this', 'reintegration')
  t.equal(await codeNow(), 'return_gate', 'the wish for another return')
  await say('wants_this')
  t.equal((await send(body)).status, 201)
})

t.test('a do-not-send list refuses without showing why', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  await call('PUT', `/v1/cases/${caseId}/do-not-send/${recipient.id}`)
  const { status, body, text } = await send(asked(caseId))
  t.equal(status, 422)
  t.equal(body.code, 'recipient_not_available')
  t.same(Object.keys(body).toSorted(), ['code', 'detail', 'instance', 'status', 'title', 'type'])
  t.notOk(/block|list|safety|do.not/i.test(text.replace(/"service".*/, '')))
  const [told] = await refusals(caseId)
  t.same(told?.['concerned'], [sender.id])
  const draft = await call('POST', '/v1/referrals/drafts', asked(caseId))
  const late = await call('POST', `/v1/referrals/${draft.body.id}/send`, { version: 1 })
  t.match(late.body, { code: 'recipient_not_available' }, 'a draft made meanwhile neither')
})

t.test('what cannot be sent at all', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const foreign = await (
    await scene.as(other.worker)
  )('POST', '/v1/cases', {
    age_band: 'from_25_to_39',
  })
  const own = await send(asked(caseId, { service: sender.service('identification') }))
  t.match(own.body, { status: 422, code: 'own_service' })
  const theirCase = await send(asked(foreign.body.id))
  const noCase = await send(asked(newId()))
  t.match(theirCase.body, { status: 422, code: 'case_unknown' })
  t.equal(withoutInstance(theirCase), withoutInstance(noCase), 'a foreign case is no case')
  const draftOf = (id: string) => call('POST', '/v1/referrals/drafts', asked(id))
  t.equal(
    withoutInstance(await draftOf(foreign.body.id)),
    withoutInstance(await draftOf(newId())),
    'nor in a draft',
  )
  t.match((await send(asked(caseId, { service: newId() }))).body, { code: 'service_unknown' })
  const legal = other.service('legal')
  await admin`update directory.service set urgencies = '{normal}' where id = ${legal}`
  const hurried = await send(asked(caseId, { service: legal, urgency: 'urgent' }))
  t.match(hurried.body, { status: 422, code: 'urgency_not_taken' })
  await admin`update directory.service set active = false where id = ${legal}`
  t.match((await send(asked(caseId, { service: legal }))).body, { code: 'service_unknown' })
  await admin`update directory.service set active = true where id = ${legal}`
  for (const more of [{ categories: [] }, { urgency: 'now' }, { kind: 'gift' }, { owner: 'me' }]) {
    t.equal((await send(asked(caseId, more))).status, 400, JSON.stringify(more))
  }
  t.match((await send(asked(caseId, { previous: newId() }))).body, { code: 'previous_unknown' })
  t.equal((await call('POST', '/v1/referrals', asked(caseId), { key: null })).status, 400)
})

t.test('a service that needs nothing gets an envelope alone', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId, { categories: ['legal'] })
  const { status, body } = await send(
    asked(caseId, { service: recipient.service('emergency'), urgency: 'emergency' }),
  )
  t.equal(status, 201)
  t.same([body.categories, body.dropped], [[], ['identity', 'safety']])
})

t.test('the same key on twenty sends at once makes one referral', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const key = randomUUID()
  const before = await count()
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(asked(caseId), key)))
  const [first] = answers
  t.ok(answers.every((answer) => answer.status === 201))
  t.equal(new Set(answers.map((answer) => answer.body.receipt.entry)).size, 1)
  t.equal(await count(), before + 1)
  t.equal((await scene.entries(first?.body.id)).length, 1)
})

t.test(
  'an age that changes while a hand-off waits: whose consent counts is asked again',
  async (t) => {
    const caseId = await scene.openCase()
    await scene.consentTo(caseId)
    let sending: ReturnType<typeof send> | undefined
    await admin.begin(async (tx) => {
      await tx`update cases.case_record set age_band = 'from_12_to_17' where id = ${caseId}`
      sending = send(asked(caseId))
      await until(
        async () => {
          const waiting = await admin`
          select from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock' and query like '%referrals.send(%'`
          return waiting.length > 0
        },
        { what: 'the hand-off to wait for the case' },
      )
    })
    t.match((await sending)?.body, { code: 'consent_missing' }, "an adult's own word, for a child")
  },
)
