// Goal: what was erased is gone: from the database, from a backup restored with its WAL, from tiles and
// bundles; and every proof still holds. Method: canaries, a real copy of the cluster, a real replay.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { audit } from '../../services/audit/service.ts'
import { cases } from '../../services/cases/service.ts'
import { loadConfig, type Config } from '../../src/config.ts'
import { freePort } from '../../src/embedded/port.ts'
import { startPostgres } from '../../src/embedded/postgres.ts'
import { newId } from '../../src/id.ts'
import { loadKeys, type Keys } from '../../src/keys.ts'
import { migrate, MIGRATED } from '../../src/migrate.ts'
import { parseBundle } from '../../src/proof/bundle.ts'
import { parsePolicy } from '../../src/proof/policy.ts'
import { verifyBundle } from '../../src/proof/verify.ts'
import { createLog, databasePassword, run, type Running } from '../../src/run.ts'
import { callAs, createNetwork } from '../helpers/actors.ts'
import { KEPT, KEPT_SCHEMAS, plant, REACHED } from '../helpers/erasure-field.ts'
import type { TestHub } from '../helpers/hub.ts'
import { openOutside, worker } from '../helpers/ledger.ts'
import { natsUrl } from '../helpers/nats.ts'
import { until } from '../helpers/until.ts'

// Two clusters, started, copied and replayed: slow where processors are shared.
t.setTimeout(300_000)
const shell = promisify(execFile)
const CANARY = `CANARY-${newId()}`
const OBJECT = newId()
/** As rows show it in text, and in bytes. */
const CANARIES = [CANARY, Buffer.from(CANARY).toString('hex'), OBJECT]

const dir = await mkdtemp(join(tmpdir(), 'titian-erase-'))
t.teardown(() => rm(dir, { recursive: true, force: true }))
const keys: Keys = await loadKeys(join(dir, 'keys'), null)

interface Place {
  readonly hub: TestHub
  readonly running: Running
  readonly admin: postgres.Sql
  readonly stop: () => Promise<void>
}

/** A hub on a cluster of its own in `folder`, with the keys and the register of this test. */
const openHub = async (
  folder: string,
  prepare?: (url: string) => Promise<void>,
): Promise<Place> => {
  const server = await startPostgres({ dir: folder, fsync: false })
  const passwordOf = (role: string) => databasePassword(keys, role)
  await migrate({ adminUrl: server.url, databasePassword: passwordOf })
  await prepare?.(server.url)
  const port = String(await freePort())
  const env = {
    PORT: port,
    DATA_DIR: dir,
    LOG_LEVEL: 'silent',
    PUBLIC_URL: 'http://hub.example',
  }
  const config: Config = loadConfig(env)
  const nats = natsUrl()
  const log = createLog('silent')
  const options = { config, keys, databaseUrl: server.url, natsUrl: nats, passwordOf, log }
  const running = await run([audit, cases], options)
  const admin = postgres(server.url, { max: 2, onnotice: () => {} })
  const urlOf = (role: string): string => {
    const url = new URL(server.url)
    url.username = role
    url.password = passwordOf(role)
    return url.href
  }
  const database = { adminUrl: server.url, name: 'postgres', urlOf }
  const url = `http://127.0.0.1:${port}`
  const hub = { ...running, url, database, config, keys, natsUrl: nats } as unknown as TestHub
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await running.close()
    await admin.end()
    await server.stop()
  }
  t.teardown(stop)
  return { hub, running, admin, stop }
}

const tablesOf = async (admin: postgres.Sql): Promise<string[]> => {
  const schemas = [...MIGRATED, 'journal']
  const tables = await admin<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any(${schemas}) and c.relkind = 'r'`
  return tables.map(({ name }) => name).toSorted()
}

/** Every row of every table of the hub that holds one of the words. */
const rowsWith = async (admin: postgres.Sql, words: readonly string[]): Promise<string[]> => {
  const found: string[] = []
  for (const name of await tablesOf(admin)) {
    const rows = await admin.unsafe<{ row: string }[]>(`select (t.*)::text as row from ${name} t`)
    for (const { row } of rows) {
      if (words.some((word) => row.includes(word))) found.push(`${name}: ${row.slice(0, 200)}`)
    }
  }
  return found
}

/** A copy of a running cluster as `pg_basebackup` makes it, with the WAL written since. */
const backUp = async (admin: postgres.Sql, from: string, to: string, work: () => Promise<void>) => {
  const kept = JSON.parse(await readFile(join(from, 'postgres.json'), 'utf8'))
  const session = await admin.reserve()
  await session`select pg_backup_start('erasure', true)`
  const copy = `${kept.folder}-copy`
  await shell('cp', ['-a', kept.folder, copy])
  t.teardown(() => rm(copy, { recursive: true, force: true }))
  await work()
  const [stopped] = await session`select labelfile from pg_backup_stop(false)`
  session.release()
  await rm(join(copy, 'postmaster.pid'), { force: true })
  await shell('cp', ['-a', join(kept.folder, 'pg_wal'), `${copy}-wal`])
  await rm(join(copy, 'pg_wal'), { recursive: true })
  await shell('mv', [`${copy}-wal`, join(copy, 'pg_wal')])
  await writeFile(join(copy, 'backup_label'), stopped!['labelfile'])
  await shell('chown', ['--reference', join(copy, 'PG_VERSION'), join(copy, 'backup_label')])
  await shell('mkdir', ['-p', to])
  await writeFile(join(to, 'postgres.json'), JSON.stringify({ ...kept, folder: copy }))
}

const verifyTrail = async (t: Test, place: Place, reviewer: Parameters<typeof callAs>[1]) => {
  const call = await callAs(place.hub, reviewer)
  const { text, status } = await call('GET', '/v1/audit/bundle')
  t.equal(status, 200)
  const policy = await parsePolicy(`log ${(await call('GET', '/v1/audit/key')).text}quorum none\n`)
  const verdict = await verifyBundle(parseBundle(text), policy)
  t.same(verdict.findings, [], 'every proof holds')
  return { text, verdict }
}

t.test('a survivor is erased', async (t) => {
  const [first, second] = [join(dir, 'live'), join(dir, 'restored')]
  await shell('mkdir', ['-p', first])
  const live = await openHub(first)
  const { sender, recipient } = await createNetwork(live.hub)
  const call = await callAs(live.hub, sender.worker)
  const outside = openOutside(t, live.hub)
  const opened = await call('POST', '/v1/cases', { age_band: 'from_25_to_39', district: '98.01' })
  const caseId: string = opened.body.id
  const other: string = (
    await call('POST', '/v1/cases', { age_band: 'from_25_to_39', district: '98.01' })
  ).body.id
  const written = await call('PUT', `/v1/cases/${caseId}/data/identity`, {
    data: { family_name: CANARY },
  })
  t.equal(written.status, 200, written.text)
  const event = {
    type: 'referrals.referral.sent.v1',
    concerned: [recipient.id],
    object: OBJECT,
    reason: CANARY,
    data: { note: CANARY },
  } as const
  const write = async (count: number) => {
    for (const subject of [caseId, other]) {
      const keep = subject === other ? { reason: 'kept', data: {}, object: other } : {}
      const events = Array.from({ length: count }, () => ({ ...event, ...keep, subject }))
      await outside.write(worker(sender.id), events)
    }
    await outside.placed()
  }
  await write(20)
  await plant(live.admin, {
    caseId,
    sender: sender.id,
    recipient: recipient.id,
    word: CANARY,
  })
  const names = await tablesOf(live.admin)
  const unnamed = names.filter(
    (name) => !(name in KEPT) && !KEPT_SCHEMAS.some((schema) => name.startsWith(`${schema}.`)),
  )
  t.same(unnamed, [...REACHED], 'each table is erased, or said to hold nothing')
  await backUp(live.admin, first, second, () => write(20))
  t.ok((await rowsWith(live.admin, CANARIES)).length >= 40, 'the canaries are there')
  const planted = new Set((await rowsWith(live.admin, CANARIES)).map((row) => row.split(':')[0]))
  const elsewhere = ['audit.name', 'audit.question', 'cases.datum', 'journal.entry']
  const unplanted = REACHED.filter((name) => !planted.has(name) && !elsewhere.includes(name))
  t.same(unplanted, [], 'a canary in each table')
  t.match((await verifyTrail(t, live, sender.reviewer)).text, CANARY)

  const supervisor = { ...sender.supervisor, authenticatedAt: Math.floor(Date.now() / 1000) }
  const path = `/v1/audit/cases/${caseId}/erasure`
  t.equal((await call('POST', path)).status, 403, 'not by a case worker')
  const foreign = { ...recipient.supervisor, authenticatedAt: supervisor.authenticatedAt }
  t.equal((await (await callAs(live.hub, foreign))('POST', path)).status, 404)
  const tired = await (
    await callAs(live.hub, { ...sender.supervisor, authenticatedAt: 1 })
  )('POST', path)
  t.match(tired.body, { code: 'step_up_needed' })
  const erased = await (await callAs(live.hub, supervisor))('POST', path)
  t.equal(erased.status, 200, erased.text)
  t.ok(erased.body.entries >= 42)

  const isClean = async (place: Place, name: string) => {
    const found = await rowsWith(place.admin, CANARIES)
    t.same(found, [], `${name}: no canary in any row`)
    const boxes = await place.admin`select 1 from cases.datum
      where case_id = ${caseId} and (wrapped_key is not null or octet_length(ciphertext) > 0)`
    t.equal(boxes.length, 0, `${name}: no box and no key`)
    const said = await place.admin`select 1 from audit.disclosure where subject = ${caseId}`
    t.equal(said.length, 0, `${name}: nothing is said of the case`)
    for (const reviewer of [sender.reviewer, recipient.reviewer]) {
      const { text, verdict } = await verifyTrail(t, place, reviewer)
      t.notMatch(text, new RegExp(`${CANARY}|${OBJECT}|${caseId}`), `${name}: bundle`)
      t.ok(verdict.erased >= 40 && verdict.entries.length > verdict.erased)
      t.match(text, /kept/, 'what is of others stays')
    }
    const overseer = await callAs(place.hub, {
      ...sender.reviewer,
      id: newId(),
      agency: null,
      roles: ['oversight_reviewer'],
    })
    const { body } = await overseer('GET', '/v1/audit/entries?limit=200')
    const width = body.items.length
    const tile = await overseer('GET', `/v1/audit/log/tile/entries/000.p/${width}`)
    t.equal(tile.status, 200)
    t.notMatch(tile.text, new RegExp(`${CANARY}|${OBJECT}|${caseId}`), `${name}: tiles`)
  }
  await isClean(live, 'live')
  t.match(await call('GET', `/v1/cases/${caseId}`), { status: 200, body: { age_band: 'unknown' } })
  const gone = await call('POST', `/v1/cases/${caseId}/data/identity/open`, { purpose: 'shelter' })
  t.ok(gone.status >= 400 && gone.status < 500, `opening answers ${gone.status}`)

  await outside.write(worker(sender.id), [{ ...event, subject: caseId }])
  await outside.placed()
  await until(async () => (await rowsWith(live.admin, CANARIES)).length === 0, {
    what: 'what came later to be erased too',
    timeoutMs: 30_000,
  })
  await live.stop()

  const before: number[] = []
  const restored = await openHub(second, async (url) => {
    const admin = postgres(url, { max: 1, onnotice: () => {} })
    before.push((await rowsWith(admin, CANARIES)).length)
    const [boxes] =
      await admin`select count(*)::int as n from cases.datum where wrapped_key is not null`
    before.push(boxes!['n'])
    await admin.end()
  })
  t.ok(before[0]! >= 40, 'the backup, replayed, held all of it')
  t.equal(before[1], 1)
  await isClean(restored, 'restored')
  await restored.stop()
})
