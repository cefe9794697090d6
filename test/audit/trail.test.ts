// Goal: an agency can check the hub's record of it without trusting the hub, and sees nothing of
// others. Method: the bundle of all that the routes answer, then every kind of lie in it.
import t from 'tap'
import { audit } from '../../services/audit/service.ts'
import { parseBundle, type Bundle } from '../../src/proof/bundle.ts'
import { parsePolicy } from '../../src/proof/policy.ts'
import { verifyBundle } from '../../src/proof/verify.ts'
import type { AuditItem, AuditPage } from '../../src/contracts/audit.ts'
import type { Role } from '../../src/contracts/codes.ts'
import { connect } from '../../src/db.ts'
import { sql } from 'drizzle-orm'
import { newId } from '../../src/id.ts'
import { pseudonymOf } from '../../src/permits.ts'
import { startHub } from '../helpers/hub.ts'
import { openOutside, worker } from '../helpers/ledger.ts'
import { callAs, systemOf } from '../helpers/actors.ts'
import { personToken } from '../helpers/token.ts'
import { until } from '../helpers/until.ts'

const [a, b, c] = [newId(), newId(), newId()]
const [annie, boris] = [worker(a), worker(b)]
const subject = newId()

const hub = await startHub(t, { services: [audit] })
const outside = openOutside(t, hub)
const tokenOf = (agency: string | null, roles: Role[]) =>
  personToken(hub, { id: newId(), agency, roles })
const get = async (path: string, token: string) => {
  const headers = { authorization: `Bearer ${token}`, 'accept-language': 'en' }
  return await fetch(`${hub.url}${path}`, { headers })
}
const json = async <T>(path: string, token: string): Promise<T> => {
  const response = await get(path, token)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
const text = async (path: string, token: string) => (await get(path, token)).text()
const readAll = async (token: string, query = ''): Promise<AuditItem[]> => {
  const items: AuditItem[] = []
  for (let next: string | null = ''; next !== null;) {
    const after: string = next === '' ? '' : `&after=${next}`
    const page: AuditPage = await json(`/v1/audit/entries?limit=40${after}${query}`, token)
    items.push(...page.items)
    next = page.next
  }
  return items
}
/** All that an agency needs to check its trail. */
const bundleOf = async (token: string, query = ''): Promise<Bundle> => {
  await outside.placed()
  return parseBundle(await text(`/v1/audit/bundle?${query}`, token))
}
const policy = await parsePolicy(`log ${await text('/v1/audit/key', '')}quorum none\n`)
const verdictOf = async (token: string, query = '') =>
  verifyBundle(await bundleOf(token, query), policy)

await outside.sql`insert into cases.case_record (id, reference, owner, age_band, opened_by)
  values (${subject}, 'TEST-1', ${a}, 'from_25_to_39', 'x')`
const nameAt = (agency: string) => pseudonymOf(hub.keys, subject, agency)

const sent = { type: 'referrals.referral.sent.v1', subject, purpose: 'shelter' } as const
const data = { urgency: 'normal' }
for (let i = 0; i < 100; i++) {
  await outside.write(annie, [{ ...sent, concerned: [b], object: newId(), data }])
  await outside.write(boris, [{ type: 'referrals.referral.accepted.v1', concerned: [a], data }])
  await outside.write(worker(c), [{ ...sent, outcome: 'refused', reason: 'state', concerned: [] }])
}
await outside.placed()
const [reviewerA, reviewerC] = [await tokenOf(a, ['reviewer']), await tokenOf(c, ['reviewer'])]

t.test('a trail of one agency verifies, and is only its own', async (t) => {
  const bundle = await bundleOf(reviewerA)
  t.equal(bundle.entries.length, 200)
  t.same(bundle.numbers, { from: 1, to: 200 })
  const verdict = await verifyBundle(bundle, policy)
  t.same(verdict.findings, [])
  t.ok(verdict.size >= 300)
  const shown = JSON.stringify(bundle.entries)
  t.ok(shown.includes(annie.id) && shown.includes(b))
  t.notOk(shown.includes(boris.id), 'nobody of another agency is named')
  t.notOk(shown.includes(c) || shown.includes(`aseq.${b}`), 'no number of another agency')
  const trailOfC = await readAll(reviewerC)
  t.ok(trailOfC.every(({ content, outcome }) => content?.agency === c && outcome === 'refused'))
  t.equal(trailOfC.length, 100)
  t.notMatch(JSON.stringify(trailOfC), new RegExp(`${a}|${b}`))
  const items = await readAll(reviewerA)
  t.same(
    items.slice(0, 200).map(({ disclosures }) => disclosures),
    bundle.entries.map(({ disclosures }) => disclosures),
    'pages and bundles disclose the same',
  )
})

t.test('parts and selections of a trail', async (t) => {
  const part = await bundleOf(reviewerA, 'from=50&to=120')
  t.match(await verifyBundle(part, policy), { holds: true, numbers: { from: 50, to: 120 } })
  t.equal(part.entries.length, 71)
  t.match(await verdictOf(reviewerA, 'to=120'), { holds: true, numbers: { from: 1, to: 120 } })
  const chosen = await verdictOf(reviewerC, `case=${nameAt(c)}`)
  t.match(chosen, { holds: true, numbers: null })
  t.equal(chosen.entries.filter(({ leaf }) => leaf.typ === sent.type).length, 100)
  t.match(await verdictOf(reviewerA, 'from=100000'), { holds: true, numbers: null })
  t.equal((await get('/v1/audit/bundle?since=99999999', reviewerA)).status, 404)
})

t.test('the ledger only ever grows', async (t) => {
  const earlier = await text('/v1/audit/checkpoint', reviewerA)
  await outside.write(
    annie,
    Array.from({ length: 40 }, () => sent),
  )
  const size = Number(earlier.split('\n')[1])
  const later = await bundleOf(reviewerA, `since=${size}`)
  const kept = [earlier]
  t.match(await verifyBundle(later, policy, { kept }), { holds: true, grownFrom: [size] })
  const unproven = await verifyBundle({ ...later, earlier: [] }, policy, { kept })
  t.match(unproven.findings, [{ fault: 'growth_not_proven' }])
})

t.test('a head of each feed is signed and kept', async (t) => {
  const kept = async () =>
    await outside.sql`select agency, n::int, note from audit.feed_checkpoint order by agency`
  const heads = await until(async () => ((await kept()).length >= 3 ? await kept() : null), {
    what: 'heads of three feeds',
  })
  for (const { agency, n, note } of heads) {
    t.match(note, new RegExp(`^127\\.0\\.0\\.1:\\d+/audit/feed/${agency}\\n${n}\\n`))
  }
})

t.test('a trail is searched and paged', async (t) => {
  const newest = await json<AuditPage>('/v1/audit/entries?order=newest&limit=2', reviewerC)
  t.equal(newest.items[0]!.type, 'audit.trail.read.v1', 'reading is on the record')
  const count = async (query: string) => (await readAll(reviewerC, query)).length
  t.equal(await count('&type=referrals.referral.sent.v1'), 100)
  t.equal(await count(`&case=${nameAt(c)}&outcome=refused`), 100)
  t.equal(await count('&outcome=failed'), 0)
  t.equal(await count(`&object=${newId()}`), 0)
  t.equal(await count('&from=2099-01-01T00:00:00Z'), 0)
  t.equal(await count('&to=2099-01-01T00:00:00Z&type=referrals.referral.sent.v1'), 100)
  const numbers = (await readAll(reviewerC, '&order=newest')).map(({ n }) => n)
  t.same(
    numbers,
    numbers.toSorted((x, y) => y! - x!),
  )
  for (const bad of [
    'after=x',
    'after=99999999999999999999.1',
    'after=1.%00',
    'case=%00',
    'from=0000-01-01T00:00:00Z',
    'to=2026-01-01T00:00:00%2B99:00',
    'to=9999-12-31T23:59:60Z',
    'from=2026-01-01T24:00:00Z',
  ]) {
    t.equal((await get(`/v1/audit/entries?${bad}`, reviewerC)).status, 400, bad)
  }
  for (const path of ['inclusion?position=1e300', 'consistency?from=1&to=1e30']) {
    t.equal((await get(`/v1/audit/${path}`, reviewerC)).status, 400, path)
  }
  t.equal(await count('&after=999999999999999.999999999999999'), 0)
})

t.test('a case has another name at each agency that does not own it', async (t) => {
  const reviewerB = await tokenOf(b, ['reviewer'])
  const readers = [
    [reviewerA, subject],
    [reviewerB, nameAt(b)],
    [reviewerC, nameAt(c)],
  ] as const
  for (const [token, name] of readers) {
    const items = await readAll(token, `&case=${name}`)
    t.ok(items.filter(({ type }) => type === sent.type).length >= 100)
    t.ok(items.every(({ content }) => content!.subject === name))
    const others = readers.map(([, other]) => other).filter((other) => other !== name)
    for (const other of others) {
      t.notOk(JSON.stringify(items).includes(other))
      t.same(await readAll(token, `&case=${other}`), [], 'and knows no other')
    }
  }
  t.ok((await verdictOf(reviewerB)).holds)
})

t.test('the whole trail, without content, for oversight', async (t) => {
  const oversight = await tokenOf(null, ['oversight_reviewer'])
  const items = await readAll(oversight)
  t.ok(items.length > 350)
  t.same(
    items.map(({ position }) => position),
    [...items.keys()],
  )
  t.notMatch(JSON.stringify(items), new RegExp(`${a}|${annie.id}|${subject}`))
  t.equal((await get('/v1/audit/bundle', oversight)).status, 422)
  const tired = await personToken(hub, { id: newId(), agency: a, roles: ['reviewer'] }, 1)
  t.match(await (await get('/v1/audit/bundle', tired)).json(), { code: 'step_up_needed' })
  t.equal((await get(`/v1/audit/entries?case=${subject}`, oversight)).status, 422)
  const sent = await readAll(oversight, '&type=referrals.referral.sent.v1&outcome=refused')
  t.equal(sent.length, 100)
})

t.test('trails are for those who may', async (t) => {
  const paths = ['entries', 'bundle', 'checkpoint', 'inclusion?position=0', 'consistency?from=1']
  const refused = [
    [await tokenOf(a, ['case_worker']), 403],
    [await tokenOf(null, ['hub_administrator']), 403],
    ['x', 401],
  ] as const
  for (const path of paths) {
    for (const [token, status] of refused) {
      t.equal((await get(`/v1/audit/${path}`, token)).status, status, path)
    }
  }
  const program = await callAs(hub, systemOf(a, 'audit:read'))
  const other = await callAs(hub, systemOf(a, 'referrals:send'))
  for (const path of paths) {
    t.equal((await program('GET', `/v1/audit/${path}`)).status, 200)
    t.equal((await other('GET', `/v1/audit/${path}`)).status, 403)
  }
  for (const path of [
    'inclusion?position=99999',
    'inclusion?position=5&size=5',
    'consistency?from=9&to=8',
  ]) {
    t.equal((await get(`/v1/audit/${path}`, reviewerA)).status, 404, path)
  }
})

t.test('trails are closed by the database too', async (t) => {
  const db = connect({ url: hub.database.urlOf('titian_audit'), connections: 1 })
  t.teardown(() => db.end())
  const seen = (agency: string | null) =>
    db.withActor({ ...worker(a), agency }, async (tx) => {
      const rows = await tx.execute(sql`select concerned from audit.disclosure`)
      return rows.map((row) => row['concerned'] as string[])
    })
  t.ok((await seen(c)).every((concerned) => concerned.includes(c)))
  t.same(await seen(null), [])
  t.same(await seen(newId()), [])
  await t.rejects(db.withActor(annie, (tx) => tx.execute(sql`delete from audit.leaf`)))
  await t.rejects(db.withActor(annie, (tx) => tx.execute(sql`update audit.feed set n = n + 1`)))
})

t.test('a trail outlives the erasure of what it says', async (t) => {
  await t.rejects(
    outside.sql`delete from audit.disclosure where subject = ${subject}`,
    'a row that has a number stays',
  )
  await outside.sql`update audit.disclosure set names = null, actor = null, subject = null, object = null,
    purpose = null, categories = null, reason = null, data = null, secret = null
    where subject = ${subject}`
  const bundle = await bundleOf(reviewerA)
  const { findings, erased } = await verifyBundle(bundle, policy)
  t.same(findings, [], 'numbers too are still proven')
  t.ok(erased >= 100)
  t.notMatch(JSON.stringify(bundle.entries), new RegExp(subject))
})
