// Goal: the doctor names each failure that can be induced and says the cure, in both languages, and
// has nothing to say of a hub that is well. Method: a hub with servers of its own, broken one way at
// a time and mended again.
import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'nats'
import postgres from 'postgres'
import t from 'tap'
import { keysOf } from '../../cli/backup/server.ts'
import { screenOf } from '../../cli/doctor.ts'
import { lookAtDatabase } from '../../cli/doctor/database.ts'
import { CODES, type Looked } from '../../cli/doctor/finding.ts'
import { lookAtAll } from '../../cli/doctor/look.ts'
import { FINDINGS, fill } from '../../cli/doctor/texts.ts'
import { all } from '../../services/all.ts'
import { loadConfig, type Environment } from '../../src/config.ts'
import { startNats } from '../../src/embedded/nats.ts'
import { freePort } from '../../src/embedded/port.ts'
import { startPostgres } from '../../src/embedded/postgres.ts'
import { loadKeys } from '../../src/keys.ts'
import { migrate } from '../../src/migrate.ts'
import { createLog, databasePassword, run } from '../../src/run.ts'
import { until } from '../helpers/until.ts'

const dir = await mkdtemp(join(tmpdir(), 'titian-doctor-'))
// As root the servers run under another user, who must be able to enter.
await chmod(dir, 0o755)
const stops: (() => Promise<unknown>)[] = [
  () => rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
]
t.teardown(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
const bin = loadConfig(process.env).natsServerBin ?? undefined
const database = await startPostgres({ dir, fsync: false })
stops.push(() => database.stop())
const nats = await startNats({ dir, bin })
stops.push(() => nats.stop())
const env = { DATA_DIR: dir, PORT: String(await freePort()), LOG_LEVEL: 'silent' }
const config = loadConfig(env)
const keys = await loadKeys(join(dir, 'keys'), null)
const passwordOf = (role: string) => databasePassword(keys, role)
await migrate({ adminUrl: database.url, databasePassword: passwordOf })
const servers = { databaseUrl: database.url, natsUrl: nats.url }
const hub = await run(all, { config, keys, ...servers, passwordOf, log: createLog('silent') })
stops.push(() => hub.close())
const admin = postgres(database.url, { max: 1, onnotice: () => {} })
stops.push(() => admin.end())

const NO_DISK_IS_LOW = 0
const look = (more: Environment = {}, diskFree = NO_DISK_IS_LOW) =>
  lookAtAll({ config: loadConfig({ ...env, ...more }), diskFree })
const codesOf = (looked: readonly Looked[]) =>
  looked.flatMap(({ findings }) => findings.map(({ code }) => code))
const codes = async (more?: Environment, diskFree?: number) => codesOf(await look(more, diskFree))
const elsewhere = (url: string, change: (url: URL) => void): string => {
  const changed = new URL(url)
  change(changed)
  return changed.href
}

t.test('a hub that is well', async (t) => {
  const looked = await look()
  t.same(codesOf(looked), [])
  const screen = screenOf(looked, 'en')
  t.match(screen, /^ok {2}settings/)
  t.match(screen, /All is well\.\n$/)
  t.match(screenOf(looked, 'id'), /Semua baik\.\n$/)
})

t.test('settings, keys and disk', async (t) => {
  t.same(await codes({ PUBLIC_URL: 'http://hub.example.org' }), ['address_plain'])
  t.same(await codes({}, Number.MAX_SAFE_INTEGER), ['disk_low'])
  const place = join(dir, 'keys')
  const loose = join(place, 'tokens.jwk')
  await chmod(loose, 0o644)
  t.same(await codes(), ['keys_loose'])
  await chmod(loose, 0o600)
  const files = (await readdir(place)).toSorted()
  t.equal(files.length, 6)
  const away = join(dir, 'away')
  for (const name of files) {
    await rename(join(place, name), away)
    t.same(await codes(), ['keys_missing'], name)
    await t.rejects(keysOf(config), new RegExp(`${name} missing`), 'no backup makes one')
    t.notOk((await readdir(place)).includes(name), `${name} is not made anew`)
    await rename(away, join(place, name))
  }
  const foreign = await lookAtDatabase(database.url, 'another hub’s')
  t.same(codesOf(foreign), ['keys_foreign'])
  t.same(codesOf(await lookAtDatabase(database.url, passwordOf('titian_audit'))), [])
})

t.test('Postgres', async (t) => {
  const closed = String(await freePort())
  const away = elsewhere(database.url, (url) => (url.port = closed))
  t.same(await codes({ DATABASE_URL: away }), ['database_away'])
  const wrong = elsewhere(database.url, (url) => (url.password = 'wrong'))
  const looked = await look({ DATABASE_URL: wrong })
  t.same(codesOf(looked), ['database_refused'])
  t.match(screenOf(looked, 'en'), /^\? {3}ledger .*not seen$/m, 'what could not be looked at')
  const shift = (by: number) =>
    admin`update drizzle.audit set created_at = created_at + ${by}
      where created_at = (select max(created_at) from drizzle.audit)`
  await shift(1)
  t.same(await codes(), ['schema_ahead'])
  await shift(-2)
  t.same(await codes(), ['schema_behind'])
  await shift(1)
})

t.test('NATS', async (t) => {
  const closed = String(await freePort())
  const away = elsewhere(nats.url, (url) => (url.port = closed))
  t.same(await codes({ NATS_URL: away }), ['nats_away'])
  const wrong = elsewhere(nats.url, (url) => (url.password = 'wrong'))
  t.same(await codes({ NATS_URL: wrong }), ['nats_refused'])
  const bare = await mkdtemp(join(tmpdir(), 'titian-bare-'))
  await chmod(bare, 0o755)
  const empty = await startNats({ dir: bare, bin })
  try {
    t.same(await codes({ NATS_URL: empty.url }), ['streams_missing'])
  } finally {
    await empty.stop()
    await rm(bare, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  const { username, password, host } = new URL(nats.url)
  const connection = await connect({ servers: host, user: username, pass: password })
  const jsm = await connection.jetstreamManager()
  await jsm.streams.add({ name: 'DEAD', subjects: ['dead.>'] })
  await connection.jetstream().publish('dead.someone', '{}')
  const open = () => admin`select from notifications.task where done_at is null`
  await until(async () => (await open()).length > 0, {
    what: 'the letter to be a task of the coordinators',
  })
  await until(async () => !(await codes()).includes('dead_letters'), {
    what: 'the letter to be handed over',
  })
  t.equal((await jsm.streams.info('DEAD')).state.messages, 1, 'the letter stays for long')
  t.same(await codes(), ['tasks_open'], 'what a person was told of is a task and nothing else')
  await admin`update notifications.task set done_at = now()`
  t.same(await codes(), [])
  await connection.close()
})

t.test('notices, witnesses and mail', async (t) => {
  await admin`insert into notifications.task (kind, object) values ('escalation', gen_random_uuid())`
  t.same(await codes(), ['tasks_open'])
  await admin`update notifications.task set done_at = now()`
  await admin`insert into audit.witness (name, cosigned_at) values ('example+1', now() - interval '2 days')`
  t.same(await codes(), ['witness_silent'])
  await admin`delete from audit.witness`
  const closed = await freePort()
  t.same(await codes({ SMTP_URL: `smtp://127.0.0.1:${closed}` }), ['mail_away'])
})

t.test('a hub that is not there, with work that waits', async (t) => {
  await hub.close()
  const url = new URL(nats.url)
  const nc = await connect({ servers: url.host, user: url.username, pass: url.password })
  await nc.jetstream().publish('dead.someone', '{}')
  await nc.close()
  await admin`insert into journal.entry (type, actor, concerned, at)
    values ('cases.case.opened.v1', 'hub', '{}', now() - interval '5 minutes')`
  await admin`insert into journal.timer (name, key, due, try_at)
    values ('referrals.clock', 'one', now() - interval '1 hour', now() - interval '1 hour')`
  const looked = await look()
  t.same(codesOf(looked), ['dead_letters', 'ledger_behind', 'timers_late', 'hub_away'])
  const screen = screenOf(looked, 'en')
  t.match(screen, /1 entries wait for the ledger; the oldest for 3\d\d s/)
  t.match(screen, /→ Start the hub: npm start/)
  t.match(screen, /To mend: 4\.\n$/)
  t.match(screenOf(looked, 'id'), /Ada yang perlu diperbaiki: 4\.\n$/)
})

t.test('every finding has its words in both languages, with the same facts', (t) => {
  for (const code of CODES) {
    const { id, en } = FINDINGS[code]
    const factsOf = (text: string) =>
      [...text.matchAll(/\{(\w+)\}/g)].map((hit) => hit[1] ?? '').toSorted()
    for (const part of ['what', 'cure'] as const) {
      t.ok(id[part].length > 10 && en[part].length > 10 && id[part] !== en[part], `${code} ${part}`)
      t.same(factsOf(id[part]), factsOf(en[part]), `${code} ${part} facts`)
    }
  }
  t.equal(fill('{a} of {b}', { a: 1 }), '1 of {b}')
  t.end()
})
