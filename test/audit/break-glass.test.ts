// Goal: a broken glass is seen as what it is by the owner, the reviewers and the survivor, and a review
// that is overdue becomes a task. Method: the whole way over bus and ledger, the public API as witness.
import t from 'tap'
import { audit } from '../../services/audit/service.ts'
import { notifications } from '../../services/notifications/service.ts'
import { createGlassScene, HOUR_MS } from '../helpers/glass-scene.ts'
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
  t.match(flagged, [{ entry: { type: 'referrals.break_glass.opened.v1' } }])
  t.equal(flagged.length, 1)

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
