// Goal: an agency can check the hub's record of it without trusting the hub, and sees nothing of
// others. Method: the bundle of all that the routes answer, then every kind of lie in it.
import t from 'tap'
import { parseVerifierKey, openCheckpoint } from '../../services/audit/note.ts'
import { audit } from '../../services/audit/service.ts'
import { verifyBundle, type Bundle, type Fault } from '../../services/audit/verify.ts'
import type { AuditItem, AuditPage, Inclusion } from '../../src/contracts/audit.ts'
import type { Role } from '../../src/contracts/codes.ts'
import { connect } from '../../src/db.ts'
import { sql } from 'drizzle-orm'
import { newId } from '../../src/id.ts'
import { pseudonymOf } from '../../src/permits.ts'
import { startHub } from '../helpers/hub.ts'
import { openOutside, worker } from '../helpers/ledger.ts'
import { personToken, systemToken } from '../helpers/token.ts'

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
const bundleOf = async (agency: string | null, token: string): Promise<Bundle> => {
  const items = await readAll(token)
  await outside.placed()
  const [key, checkpoint] = [
    await text('/v1/audit/key', ''),
    await text('/v1/audit/checkpoint', token),
  ]
  const { size } = openCheckpoint(checkpoint, parseVerifierKey(key.trim()))
  const prove = ({ position }: AuditItem) =>
    json<Inclusion>(`/v1/audit/inclusion?position=${position}&size=${size}`, token)
  const inclusions = await Promise.all(items.map(prove))
  return { key, checkpoint, agency, items, inclusions }
}

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
  const bundle = await bundleOf(a, reviewerA)
  t.equal(bundle.items.length, 200)
  const numbers = { from: 1, to: 200 }
  t.same(verifyBundle({ ...bundle, numbers }).findings, [])
  t.ok(verifyBundle(bundle).size > 300)
  const shown = JSON.stringify(bundle.items)
  t.ok(shown.includes(annie.id) && shown.includes(b))
  t.notOk(shown.includes(boris.id), 'nobody of another agency is named')
  t.notOk(shown.includes(c) || shown.includes(`aseq.${b}`), 'no number of another agency')
  const trailOfC = await readAll(reviewerC)
  t.ok(trailOfC.every(({ content, outcome }) => content?.agency === c && outcome === 'refused'))
  t.equal(trailOfC.length, 100)
  t.notMatch(JSON.stringify(trailOfC), new RegExp(`${a}|${b}`))
})

t.test('any lie about a trail is found', async (t) => {
  const honest = { ...(await bundleOf(a, reviewerA)), numbers: { from: 1, to: 200 } }
  const [first, second, ...rest] = honest.items as [AuditItem, AuditItem, ...AuditItem[]]
  const told = (fault: Fault, lie: Partial<Bundle>) =>
    t.has(
      verifyBundle({ ...honest, ...lie }).findings.map((finding) => finding.fault),
      [fault],
      fault,
    )
  const about = (lie: Partial<AuditItem>) => ({ items: [{ ...first, ...lie }, second, ...rest] })
  const content = first.content!
  told('entry_missing', { items: [second, ...rest] })
  told('entry_twice', { items: [first, first, second, ...rest] })
  told('not_in_ledger', about({ position: second.position }))
  told('not_in_ledger', about({ leaf: first.leaf.replace('"res":"ok"', '"res":"no"') }))
  told('not_in_ledger', { inclusions: honest.inclusions.slice(1) })
  told('not_a_leaf', about({ leaf: '{}' }))
  told('leaf_says_otherwise', about({ outcome: 'refused' }))
  told('leaf_says_otherwise', about({ at: '2020-01-01T00:00:00.000Z' }))
  told('disclosure_not_in_leaf', about({ disclosures: second.disclosures }))
  told('content_not_disclosed', about({ content: { ...content, purpose: 'legal' } }))
  told('content_not_disclosed', about({ content: { ...content, reason: 'role' } }))
  told('number_not_disclosed', { items: [{ ...first, n: 2 }, { ...second, n: 1 }, ...rest] })
  told('number_not_disclosed', about({ disclosures: first.disclosures.slice(0, -1) }))
  told('checkpoint_not_signed', { checkpoint: honest.checkpoint.replace(/\n\d+\n/, '\n200\n') })
  told('checkpoint_not_signed', { key: 'hub.example+00000000+AAAA' })
  const consistency = { from: 100, to: 101, proof: [] }
  told('history_rewritten', { earlier: { checkpoint: honest.checkpoint, consistency } })
})

t.test('the ledger only ever grows', async (t) => {
  const checkpoint = await text('/v1/audit/checkpoint', reviewerA)
  await outside.write(
    annie,
    Array.from({ length: 40 }, () => sent),
  )
  const later = await bundleOf(a, reviewerA)
  const { size } = openCheckpoint(checkpoint, parseVerifierKey(later.key.trim()))
  const consistency = await json<NonNullable<Bundle['earlier']>['consistency']>(
    `/v1/audit/consistency?from=${size}&to=${verifyBundle(later).size}`,
    reviewerA,
  )
  t.ok(verifyBundle({ ...later, earlier: { checkpoint, consistency } }).holds)
})

t.test('a trail is searched and paged', async (t) => {
  const newest = await json<AuditPage>('/v1/audit/entries?order=newest&limit=2', reviewerC)
  t.equal(newest.items[0]!.type, 'audit.trail.read.v1', 'reading is on the record')
  const count = async (query: string) => (await readAll(reviewerC, query)).length
  t.equal(await count('&type=referrals.referral.sent.v1'), 100)
  t.equal(await count(`&case=${nameAt(c)}&outcome=refused`), 100)
  t.equal(await count('&outcome=failed'), 0)
  t.equal(await count(`&object=${newId()}`), 0)
  t.equal(await count('&from=2999-01-01T00:00:00Z'), 0)
  t.equal(await count('&to=2999-01-01T00:00:00Z&type=referrals.referral.sent.v1'), 100)
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
    t.equal(items.filter(({ type }) => type === sent.type).length, 100)
    t.ok(items.every(({ content }) => content!.subject === name))
    const others = readers.map(([, other]) => other).filter((other) => other !== name)
    for (const other of others) {
      t.notOk(JSON.stringify(items).includes(other))
      t.same(await readAll(token, `&case=${other}`), [], 'and knows no other')
    }
  }
  t.ok(verifyBundle(await bundleOf(b, reviewerB)).holds)
})

t.test('the whole trail, without content, for oversight', async (t) => {
  const oversight = await tokenOf(null, ['oversight_reviewer'])
  const bundle = await bundleOf(null, oversight)
  t.ok(verifyBundle(bundle).holds)
  t.ok(bundle.items.length > 350)
  t.same(
    bundle.items.map(({ position }) => position),
    [...bundle.items.keys()],
  )
  t.notMatch(JSON.stringify(bundle.items), new RegExp(`${a}|${annie.id}|${subject}`))
  t.equal((await get(`/v1/audit/entries?case=${subject}`, oversight)).status, 422)
  const sent = await readAll(oversight, '&type=referrals.referral.sent.v1&outcome=refused')
  t.equal(sent.length, 100)
})

t.test('trails are for those who may', async (t) => {
  const paths = ['entries', 'checkpoint', 'inclusion?position=0', 'consistency?from=1']
  const refused = [
    [await tokenOf(a, ['case_worker']), 403],
    [await tokenOf(null, ['hub_administrator']), 403],
    [await systemToken(hub, { id: 'p', agency: a, scopes: ['referrals:send'] }), 403],
    ['x', 401],
  ] as const
  for (const path of paths) {
    for (const [token, status] of refused) {
      t.equal((await get(`/v1/audit/${path}`, token)).status, status, path)
    }
  }
  const program = await systemToken(hub, { id: 'p', agency: a, scopes: ['audit:read'] })
  for (const path of paths) t.equal((await get(`/v1/audit/${path}`, program)).status, 200)
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
  const bundle = await bundleOf(a, reviewerA)
  const { holds, erased } = verifyBundle({ ...bundle, numbers: { from: 1, to: 200 } })
  t.ok(holds)
  t.ok(erased >= 100)
  t.notMatch(JSON.stringify(bundle.items), new RegExp(subject))
})
