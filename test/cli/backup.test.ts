// Goal: what was acknowledged before a backup is in what is restored from it, to the last row; a
// backup that was altered, or is of other keys, changes nothing; and a hub that was rolled back is
// noticed by whoever kept a later head. Method: back up while hand-offs go on, restore into a
// database that was empty, compare every table, and run a hub on it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import t from 'tap'
import { readBox, writeBox } from '../../cli/backup/box.ts'
import { readManifest, type Manifest } from '../../cli/backup/manifest.ts'
import { demandWhole, putBack } from '../../cli/backup/put-back.ts'
import { quoted } from '../../cli/backup/tables.ts'
import { takeBackup } from '../../cli/backup/take.ts'
import { audit } from '../../services/audit/service.ts'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import { referrals } from '../../services/referrals/service.ts'
import { freePort } from '../../src/embedded/port.ts'
import { loadKeys } from '../../src/keys.ts'
import { parseBundle } from '../../src/proof/bundle.ts'
import { parsePolicy } from '../../src/proof/policy.ts'
import { verifyBundle } from '../../src/proof/verify.ts'
import { callAs, personOf } from '../helpers/actors.ts'
import { databasePassword } from '../helpers/database.ts'
import { startHub } from '../helpers/hub.ts'
import { startOwnNats } from '../helpers/own-nats.ts'
import { createScene, SECRETS } from '../helpers/referral-scene.ts'
import { setting } from '../helpers/run.ts'
import { until } from '../helpers/until.ts'

// One address, one after another: it is part of the name of the ledger.
const env = { PORT: String(await freePort()) }
const scene = await createScene(t, [audit], { env })
const { hub, network, admin } = scene
const folder = await mkdtemp(join(tmpdir(), 'titian-backup-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const quiet = { progress: () => {} }
const take = (name: string) =>
  takeBackup({
    databaseUrl: hub.database.adminUrl,
    keys: hub.keys,
    folder: join(folder, name),
    ...quiet,
  })

t.test('lines of a sealed file end where rows end, whatever they hold', async (t) => {
  const path = join(folder, 'lines.box')
  const rows = ['{"a":"\u2028\u2029\u0085\v\f"}', `"${'Melur é 花 '.repeat(30_000)}"`, '', '{}\r']
  async function* lines() {
    for (const row of rows) yield `${row}\n`
  }
  t.match(await writeBox(path, 'lines', hub.keys, lines()), { rows: rows.length })
  const read: string[] = []
  for await (const line of readBox(path, 'lines', hub.keys)) read.push(line)
  t.same(read, rows)
})

/** A database with nothing in it, not even a schema. */
const emptyDatabase = async (name: string) => {
  const whole = `${hub.database.name}_${name}`
  await admin.unsafe(`create database ${whole}`)
  const at = (role?: string): string => {
    const url = new URL(setting('TEST_DATABASE_URL'))
    url.pathname = `/${whole}`
    if (role !== undefined) {
      url.username = role
      url.password = databasePassword(role)
    }
    return url.href
  }
  const sql = postgres(at(), { max: 1, onnotice: () => {} })
  t.teardown(async () => {
    await sql.end()
    const server = postgres(setting('TEST_DATABASE_URL'), { max: 1, onnotice: () => {} })
    await server.unsafe(`drop database if exists ${whole} with (force)`)
    await server.end()
  })
  return { sql, database: { name: whole, adminUrl: at(), urlOf: (role: string) => at(role) } }
}
type Empty = Awaited<ReturnType<typeof emptyDatabase>>

const restore = ({ database }: Empty, name: string, manifest: Manifest) =>
  putBack({
    databaseUrl: database.adminUrl,
    keys: hub.keys,
    passwordOf: databasePassword,
    folder: join(folder, name),
    manifest,
    ...quiet,
  })

const digestOf = async (sql: postgres.Sql, name: string): Promise<string> => {
  const [row] = await sql.unsafe<{ digest: string }[]>(
    `select md5(coalesce(string_agg(r::text, '' order by r::text), '')) as digest from ${quoted(name)} r`,
  )
  return row?.digest ?? ''
}

t.test('a backup that is taken while hand-offs go on', async (t) => {
  const acknowledged: string[] = []
  const going = new AbortController()
  const working = Array.from({ length: 3 }, async () => {
    while (!going.signal.aborted) acknowledged.push((await scene.sent()).id)
  })
  await until(() => acknowledged.length > 10, { what: 'ten hand-offs' })
  const before = [...acknowledged]
  const manifest = await take('running')
  going.abort()
  await Promise.all(working)
  t.ok(acknowledged.length > before.length, 'the hub worked on')
  const empty = await emptyDatabase('running')
  await restore(empty, 'running', manifest)
  const there = await empty.sql`select id from referrals.referral`
  const ids = new Set(there.map((row) => row['id']))
  t.same(
    before.filter((id) => !ids.has(id)),
    [],
    'nothing that was acknowledged before it is missing',
  )
  const orphans = await empty.sql`
    select from referrals.package p where not exists (
      select from referrals.referral r where r.id = p.referral_id)`
  t.equal(orphans.length, 0, 'it is of one instant')
})

t.test('what is restored is what was there, and a hub runs on it', async (t) => {
  const { id } = await scene.sent()
  const theirs = await scene.as(network.recipient.worker)
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  const placed = async () => (await admin`select from journal.entry`).length === 0
  await until(placed, { what: 'the ledger to place everything' })
  await hub.close()
  const manifest = await take('still')
  const empty = await emptyDatabase('still')
  await restore(empty, 'still', manifest)
  for (const { name } of manifest.tables) {
    t.equal(await digestOf(empty.sql, name), await digestOf(admin, name), name)
  }
  const shape = `
    select c.oid::regclass::text as name, c.relrowsecurity, c.relforcerowsecurity,
      (select string_agg(g.tgname || g.tgenabled::text, ' ' order by g.tgname) from pg_trigger g
        where g.tgrelid = c.oid and not g.tgisinternal) as triggers
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^pg_|information_schema' order by 1`
  t.same(await empty.sql.unsafe(shape), await admin.unsafe(shape), 'no guard was left off')
  const asked: string[] = []
  const again = { folder: join(folder, 'still'), keys: hub.keys, manifest, ...quiet }
  const passwordOf = (role: string) => {
    asked.push(role)
    return databasePassword(role)
  }
  const { adminUrl: databaseUrl } = empty.database
  await t.rejects(putBack({ ...again, databaseUrl, passwordOf }), /holds a hub already/)
  t.same(asked, [], 'and no password of it is changed')

  const nats = await startOwnNats()
  t.teardown(() => nats.end())
  const like = { ...hub, database: empty.database, natsUrl: nats.url }
  const restored = await startHub(t, { services: [cases, consent, referrals, audit], like, env })
  const call = await callAs(restored, network.recipient.worker)
  const opened = await call('POST', `/v1/referrals/${id}/package/identity/open`)
  t.same([opened.status, opened.body.data], [200, SECRETS.identity], 'what is sealed opens')
  await restored.close()
})

t.test('a hub that was rolled back shows it to whoever kept a later head', async (t) => {
  const nats = await startOwnNats()
  t.teardown(() => nats.end())
  const empty = await emptyDatabase('rolled')
  const older = await readManifest(join(folder, 'running'), hub.keys)
  await restore(empty, 'running', older)
  const like = { ...hub, database: empty.database, natsUrl: nats.url }
  const rolled = await startHub(t, { services: [cases, consent, referrals, audit], like, env })
  const call = await callAs(rolled, personOf(network.sender.id, 'reviewer'))
  const { text } = await call('GET', '/v1/audit/bundle')
  const policy = await parsePolicy(`log ${(await call('GET', '/v1/audit/key')).text}quorum none\n`)
  const bundle = parseBundle(text)
  const alone = await verifyBundle(bundle, policy)
  t.same([alone.findings, alone.holds], [[], true], 'by itself it looks well')
  const [later] = await admin<{ note: string }[]>`
    select note from audit.checkpoint order by size desc limit 1`
  const kept = [later?.note ?? '']
  t.match(await verifyBundle(bundle, policy, { kept }), { holds: false }, 'a witness would say so')
  await rolled.close()
})

t.test('what is not whole, or not of these keys, is refused and changes nothing', async (t) => {
  const place = join(folder, 'still')
  const manifest = await readManifest(place, hub.keys)
  const strange = await loadKeys(join(folder, 'strange'), null)
  await t.rejects(readManifest(place, strange), /not written with the keys in hand/)
  await t.rejects(readManifest(folder, hub.keys), /Name the folder of a backup/)
  const path = join(place, 'referrals.package.box')
  const whole = await readFile(path)
  for (const at of [0, 20, whole.length - 1]) {
    const damaged = Buffer.from(whole)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    await writeFile(path, damaged)
    await t.rejects(
      demandWhole(place, manifest),
      /referrals\.package\.box is missing or was altered/,
    )
  }
  await writeFile(path, whole)
  await t.resolves(demandWhole(place, manifest))
  const text = await readFile(join(place, 'manifest.json'), 'utf8')
  await writeFile(join(place, 'manifest.json'), text.replace('"rows":', '"rows" :'))
  await t.rejects(readManifest(place, hub.keys), /or was altered/)
  await t.rejects(take('still'), /is not empty/)

  const empty = await emptyDatabase('half')
  const wrong = structuredClone(manifest)
  for (const table of wrong.tables.slice(-1)) table.rows += 1
  await t.rejects(restore(empty, 'still', wrong), /rows of/)
  t.equal((await empty.sql`select from referrals.referral`).length, 0, 'nothing is half done')
  const fresh = await emptyDatabase('fresh')
  await t.rejects(
    restore(fresh, 'still', { ...manifest, versions: { ...manifest.versions, cases: '1' } }),
    /another version of Titian \(cases\)/,
  )
  const made = await fresh.sql`select from pg_namespace where nspname in ('drizzle', 'journal')`
  t.equal(made.length, 0, 'an empty database stays empty')
  await empty.sql`update drizzle.cases set created_at = created_at + 1
    where created_at = (select max(created_at) from drizzle.cases)`
  await t.rejects(restore(empty, 'still', manifest), /another version of Titian \(cases\)/)
})
