// Goal: a broken glass is seen as what it is by the owner, the reviewers and the survivor, and a review
// that is overdue becomes a task. Method: the whole way over bus and ledger, the public API as witness.
import t from 'tap'
import { audit } from '../../services/audit/service.ts'
import { notifications } from '../../services/notifications/service.ts'
import { CANARY, createGlassScene, GLASS_ASK, HOUR_MS } from '../helpers/glass-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createGlassScene(t, [audit, notifications])
const { network, admin, as, hub } = scene
const { sender, recipient } = network

t.test('told at once, never shown as consent, unusual by its own rule, and said', async (t) => {
  const made = await scene.revoked()
  const glass = await scene.approved(made.path)
  const worker = await as(recipient.worker)
  t.equal((await worker('POST', `${glass.path}/package/identity/open`)).status, 200)
  const owner = await as(sender.supervisor)
  const feed = await until(
    async () => {
      const { items } = (await owner('GET', '/v1/feed?after=0&limit=500')).body
      const own = items.filter(({ type }: { type: string }) => type.includes('.break_glass.'))
      return own.length === 3 && own
    },
    { what: 'the owner to be told' },
  )
  t.same(
    feed.map(({ type }: { type: string }) => type.split('.')[2]),
    ['asked', 'approved', 'opened'],
  )
  const ownReviewer = await as(sender.reviewer)
  const seen = await ownReviewer('GET', `/v1/audit/cases/${made.case}/openings`)
  t.match(seen.body.items[0], { basis: 'break_glass', grant: null, agency: recipient.id })

  const reviewer = await as(recipient.reviewer)
  const { items } = (await reviewer('GET', '/v1/audit/unusual?days=366')).body
  const flagged = items.filter(({ rules }: { rules: string[] }) => rules.includes('break_glass'))
  const STEPS = ['referrals.break_glass.opened.v1', 'referrals.break_glass.approved.v1']
  const typesOf = (rows: { entry: { type: string } }[]) => rows.map(({ entry }) => entry.type)
  t.same(typesOf(flagged), STEPS)

  const theirs = (await ownReviewer('GET', '/v1/audit/unusual?days=366')).body
  t.same(typesOf(theirs.items.slice(0, 2)), STEPS, 'first of all for the owner of the case')
  t.match(theirs.items[0], {
    rules: ['glass_on_own_case'],
    entry: { content: { agency: recipient.id, actor: null } },
  })
  t.match(theirs.rules[1], { name: 'glass_on_own_case', is_on: true, title: { id: /kasus kita/ } })
  const off = { is_on: false, settings: {}, version: 0 }
  t.equal((await ownReviewer('PUT', '/v1/audit/rules/glass_on_own_case', off)).status, 200)
  const quiet = (await ownReviewer('GET', '/v1/audit/unusual?days=366')).body.items
  t.notOk(
    typesOf(quiet).some((type) => STEPS.includes(type)),
    'tuned as every other rule',
  )

  const report = (await owner('GET', `/v1/audit/cases/${made.case}/report`)).body
  t.match(report, {
    holders: [{ broken: 1 }],
    text: { id: /tanpa izin Anda, dibuka 1 kali/, en: /without your permission/ },
  })
})

t.test(
  'a review that is overdue is a task of the coordinators, once, with an id alone',
  async (t) => {
    scene.nextDay()
    const made = await scene.revoked()
    const glass = await scene.approved(made.path)
    scene.later(72 * HOUR_MS)
    await hub.fireTimers()
    await hub.fireTimers()
    const coordinator = await as(network.administrator)
    const tasks = await until(
      async () => {
        const { items } = (await coordinator('GET', '/v1/tasks')).body
        const own = items.filter(({ kind }: { kind: string }) => kind === 'review_overdue')
        return own.length === 2 && own
      },
      { what: 'a task for each glass that nobody judged' },
    )
    t.ok(tasks.some(({ object }: { object: string }) => object === glass.id))
    t.same(
      tasks.map(({ data }: { data: object }) => data),
      [{}, {}],
    )
    t.equal((await coordinator('GET', glass.path)).status, 403, 'and nothing more')
  },
)

t.test('with the case, the review goes to the new owner', async (t) => {
  scene.nextDay()
  const made = await scene.revoked()
  const glass = await scene.approved(made.path)
  const { other } = network
  await admin.begin(async (tx) => {
    await tx`select referrals.hold_glasses(${made.case})`
    await tx`update cases.case_record set owner = ${other.id} where id = ${made.case}`
    await tx`select referrals.follow_ownership(${made.case}, ${sender.id}, ${other.id}, 'test', ${made.id})`
  })
  const review = { version: 2, outcome: 'justified', note: 'Perlu' }
  const before = await (await as(sender.supervisor))('POST', `${glass.path}/review`, review)
  t.equal(before.status, 404)
  const after = await (await as(other.supervisor))('POST', `${glass.path}/review`, review)
  t.equal(after.status, 200)
})

t.test('whoever broke it and gets the case does not judge it', async (t) => {
  scene.nextDay()
  const made = await scene.revoked()
  const glass = await scene.approved(made.path)
  await admin.begin(async (tx) => {
    await tx`select referrals.hold_glasses(${made.case})`
    await tx`update cases.case_record set owner = ${recipient.id} where id = ${made.case}`
    await tx`select referrals.follow_ownership(${made.case}, ${sender.id}, ${recipient.id}, 'test', ${made.id})`
  })
  const review = { version: 2, outcome: 'justified', note: 'Perlu' }
  for (const actor of [recipient.supervisor, scene.second, recipient.reviewer]) {
    t.equal((await (await as(actor))('POST', `${glass.path}/review`, review)).status, 403)
  }
  const worker = await as(recipient.worker)
  t.equal((await worker('POST', `${glass.path}/package/identity/open`)).status, 200)
  const trail = await as(sender.reviewer)
  const opened = 'type=referrals.break_glass.opened.v1'
  await until(
    async () =>
      (await trail('GET', `/v1/audit/entries?object=${made.id}&${opened}`)).body.items.length === 1,
    { what: 'who judges to be told of the opening' },
  )
  const judge = await as(sender.supervisor)
  t.match(await judge('POST', `${glass.path}/words/open`), { body: { text: CANARY } })
  t.equal((await judge('POST', `${glass.path}/review`, review)).status, 200)
})

t.test('of an erased case the outcome is kept, and not a word', async (t) => {
  scene.nextDay()
  const made = await scene.revoked()
  const glass = await scene.approved(made.path)
  const owner = await as(sender.supervisor)
  const erased = await owner('POST', `/v1/audit/cases/${made.case}/erasure`)
  t.equal(erased.status, 200, erased.text)
  const review = { version: 2, outcome: 'not_justified', note: CANARY }
  const judged = await owner('POST', `${glass.path}/review`, review)
  t.match(judged, { status: 200, body: { outcome: 'not_justified', reason: null } })
  const kept = await admin`
    select review_ciphertext, review_key from referrals.break_glass where id = ${glass.id}`
  t.same(kept, [{ review_ciphertext: null, review_key: null }])
  t.equal((await owner('POST', `${glass.path}/words/open`)).status, 404)
})

t.test('only what was accepted, and never what went to the wrong recipient', async (t) => {
  scene.nextDay()
  const unread = await scene.sent()
  const path = `/v1/referrals/${unread.id}`
  const worker = await as(recipient.worker)
  const early = async () => (await worker('POST', `${path}/break-glass`, GLASS_ASK)).body
  t.match(await early(), { status: 409, code: 'break_glass_not_accepted' }, 'sent')
  t.equal((await worker('POST', `${path}/acknowledge`, { version: 1 })).status, 200)
  t.match(await early(), { status: 409, code: 'break_glass_not_accepted' }, 'acknowledged')
  const gone = { case: unread.case, scope: 'this_agency', recipient: recipient.id }
  const sending = await as(sender.worker)
  t.equal((await sending('POST', '/v1/withdrawals', gone)).status, 200)
  t.match(await early(), { code: 'break_glass_not_accepted' }, 'revoked before it was accepted')

  const [astray, moved] = [await scene.newReferral(), await scene.newReferral()]
  const withdraw = { version: 3, reason: 'wrong_recipient' }
  t.equal((await sending('POST', `${astray.path}/withdraw`, withdraw)).status, 200)
  const wrong = await worker('POST', `${astray.path}/break-glass`, GLASS_ASK)
  t.match(wrong, { status: 409, body: { code: 'break_glass_wrong_recipient' } })
  const other = { version: 3, reason: 'survivor_relocated' }
  t.equal((await sending('POST', `${moved.path}/withdraw`, other)).status, 200)
  const glass = await scene.approved(moved.path)
  t.equal((await worker('POST', `${glass.path}/package/identity/open`)).status, 200)
  await admin`update referrals.referral set reason = 'wrong_recipient' where id = ${moved.id}`
  const late = await worker('POST', `${glass.path}/package/identity/open`)
  t.match(late, { status: 409, body: { code: 'break_glass_wrong_recipient' } }, 'nor under it')
})
