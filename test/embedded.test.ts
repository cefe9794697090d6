import { spawn } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connect } from 'nats'
import postgres from 'postgres'
import t from 'tap'
import { explain } from '../src/embedded/failure.ts'
import { findNats } from '../src/embedded/nats-binary.ts'
import { answerTo } from '../src/embedded/nats-handshake.ts'
import { startNats } from '../src/embedded/nats.ts'
import { folderOutside, isRoot } from '../src/embedded/place.ts'
import { startPostgres } from '../src/embedded/postgres.ts'
import { waitForEnd } from '../src/embedded/process.ts'
import { slow } from '../src/embedded/slow.ts'
import { makeCheckout } from './helpers/checkout.ts'
import { until } from './helpers/until.ts'

const NOBODY = 65_534
/** Servers that are ending still write. */
const REMOVE = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }
const LINUX = process.platform === 'linux'
const CHILD = resolve(import.meta.dirname, 'helpers', 'embedded-child.ts')
const TSX = ['--import', import.meta.resolve('tsx')]

interface Started {
  error?: string
  postgres: { url: string; pid: number }
  nats: { url: string; pid: number }
}

interface Teardown {
  teardown(work: () => unknown): unknown
}

/** A folder that others may enter, as a checkout usually is. */
async function makeFolder(test: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'titian-embedded-'))
  await chmod(folder, 0o755)
  test.teardown(() => rm(folder, REMOVE))
  return folder
}

async function startChild(
  test: Teardown,
  args: string[],
  options: { uid?: number; gid?: number; cwd?: string; env?: NodeJS.ProcessEnv } = {},
) {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  test.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const lines = createInterface({ input: child.stdout })
  const line = new Promise<string>((done) => lines.once('line', done))
  const early = ended.then((code) => JSON.stringify({ error: `ended with code ${code}` }))
  const started = JSON.parse(await Promise.race([line, early])) as Started
  return { child, ended, started }
}

async function ask(url: string, sql = 'select 1 as answer'): Promise<unknown> {
  const client = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  try {
    return (await client.unsafe(sql))[0]?.['answer']
  } finally {
    await client.end()
  }
}

async function streamsOf(url: string, add?: string): Promise<string[]> {
  const { host, username, password } = new URL(url)
  const nc = await connect({ servers: host, user: username, pass: password, reconnect: false })
  try {
    const manager = await nc.jetstreamManager()
    if (add !== undefined) await manager.streams.add({ name: add, subjects: [add] })
    return (await manager.streams.list().next()).map((stream) => stream.config.name)
  } finally {
    await nc.close()
  }
}

const withPassword = (url: string, password: string): string => {
  const changed = new URL(url)
  changed.password = password
  return changed.href
}

// One data folder lives through the first three tests: making a database costs a second.
const dir = await makeFolder(t)

t.test('both servers, under a live process', async (t) => {
  const lines: string[] = []
  const log = (text: string) => void lines.push(text)
  const [database, nats] = await Promise.all([
    startPostgres({ dir, fsync: false, log }),
    startNats({ dir, log }),
  ])
  t.teardown(() => Promise.all([database.stop(), nats.stop()]))

  await t.test('are real and let nobody in without the password', async (t) => {
    t.equal(await ask(database.url), 1)
    t.equal(await ask(database.url, "select current_setting('fsync') as answer"), 'off')
    t.equal(await ask(database.url, "select upper('é') as answer"), 'É')
    await t.rejects(ask(withPassword(database.url, 'wrong')), { code: '28P01' })
    const port = Number(new URL(nats.url).port)
    t.match(await answerTo(port, {}), /Authorization/)
    t.match(await answerTo(port, { user: 'system', pass: '' }), /Authorization/)
    for (const name of ['postgres.json', 'nats.json', 'nats/server.conf']) {
      t.equal((await stat(join(dir, name))).mode & 0o777, 0o600, name)
    }
    t.same(await streamsOf(nats.url, 'kept'), ['kept'])
  })

  await t.test('come back on the same port after kill -9, with their data', async (t) => {
    await ask(database.url, 'create table kept (n int)')
    const before = [database.pid, nats.pid]
    for (const pid of before) process.kill(pid, 'SIGKILL')
    await until(() => ask(database.url, 'select count(*)::int + 1 as answer from kept'), {
      what: 'Postgres',
    })
    await until(async () => (await streamsOf(nats.url)).includes('kept'), { what: 'the stream' })
    await until(() => lines.length === 4, { what: 'two lines for each end' })
    t.notSame([database.pid, nats.pid], before)
    t.match(lines.toSorted(), [
      /^Postgres ended/,
      /^Postgres is back/,
      /^nats-.* ended/,
      /^nats-.* is/,
    ])
  })

  await t.test('refuse a second start and name the first', async (t) => {
    const refusal = { name: 'StartFailure', message: new RegExp(`\\(process ${process.pid}\\)`) }
    await t.rejects(startPostgres({ dir }), refusal)
    await t.rejects(startNats({ dir }), refusal)
    t.equal(await ask(database.url), 1)
  })
})

t.test('a process that was killed leaves nothing running and nothing locked', async (t) => {
  const { path: bin } = await findNats({})
  const { child, ended, started } = await startChild(t, [...TSX, CHILD, dir, bin])
  t.equal(started.error, undefined)
  child.kill('SIGKILL')
  await ended
  if (LINUX) {
    t.ok(await waitForEnd(started.postgres.pid, 5_000), 'Postgres ended')
    t.ok(await waitForEnd(started.nats.pid, 5_000), 'nats-server ended')
  }
  // Its process id may belong to another process by now: a lock is of a pid and its birth.
  const stale = JSON.stringify({ pid: process.pid, birth: 'another life' })
  await writeFile(join(dir, 'postgres.lock'), stale)
  const again = await Promise.all([startPostgres({ dir, fsync: false }), startNats({ dir, bin })])
  t.same([again[0].url, again[1].url], [started.postgres.url, started.nats.url])
  t.equal(await ask(again[0].url), 1)
  await Promise.all(again.map((server) => server.stop()))
})

t.test('a server that outlived its parent is stopped by the next start', async (t) => {
  const { path: bin } = await findNats({})
  // Without setpriv the kernel does not end the servers.
  const env = { ...process.env, PATH: '/nonexistent' }
  const { child, ended, started } = await startChild(t, [...TSX, CHILD, dir, bin], { env })
  child.kill('SIGKILL')
  await ended
  const [database, nats] = await Promise.all([
    startPostgres({ dir, fsync: false }),
    startNats({ dir, bin }),
  ])
  t.equal(database.url, started.postgres.url)
  t.not(database.pid, started.postgres.pid)
  t.ok(await waitForEnd(started.postgres.pid, 0))
  t.ok(await waitForEnd(started.nats.pid, 0))
  await Promise.all([database.stop(), nats.stop()])
})

t.test('one clear line when it cannot start', async (t) => {
  const dir = await makeFolder(t)
  await mkdir(join(dir, 'postgres'))
  await t.rejects(startPostgres({ dir }), { message: /postgres is damaged \(no PG_VERSION\)/ })
  await writeFile(join(dir, 'postgres', 'PG_VERSION'), '15\n')
  await t.rejects(startPostgres({ dir }), { message: /was written by Postgres 15/ })
  await writeFile(join(dir, 'postgres', 'PG_VERSION'), '18\n')
  await chmod(join(dir, 'postgres'), 0o700)
  const { uid, gid } = await stat(dir)
  await chown(join(dir, 'postgres'), isRoot() ? NOBODY : uid, isRoot() ? NOBODY : gid)
  await t.rejects(startPostgres({ dir }), { message: /^Postgres does not start from .* Restore/ })
  await writeFile(join(dir, 'nats.json'), '{')
  await t.rejects(startNats({ dir }), { message: /nats\.json is damaged/ })
  await t.rejects(startNats({ dir: join(dir, 'x'), bin: '/nonexistent' }), {
    message: /NATS_SERVER_BIN/,
  })
  t.match(explain({ code: 'ENOSPC', path: '/data' }, ''), { message: /disk is full \(\/data\)/ })
  t.match(explain({ code: 'EACCES', path: '/data' }, ''), { message: /another user/ })
})

t.test('a step of over one second says so', async (t) => {
  const lines: string[] = []
  await slow(
    (text) => lines.push(text),
    'waiting',
    () => until(() => lines.length > 0, { what: 'a line' }),
  )
  t.same(lines, ['… waiting (1 s)'])
})

if (isRoot()) {
  t.test('as root', async (t) => {
    const folder = await makeFolder(t)
    const { path } = await findNats({})
    const { child: program, bin } = await makeCheckout(folder, path)

    await t.test('for an ordinary user', async (t) => {
      const data = join(folder, 'data')
      await mkdir(data)
      await chown(data, NOBODY, NOBODY)
      const options = { uid: NOBODY, gid: NOBODY, cwd: '/' }
      const { child, ended, started } = await startChild(t, [program, data, bin], options)
      t.equal(started.error, undefined)
      t.equal(await ask(started.postgres.url), 1)
      t.same(await streamsOf(started.nats.url), [])
      t.equal((await stat(join(data, 'postgres.json'))).uid, NOBODY)
      child.kill('SIGTERM')
      t.equal(await ended, 0)
      t.ok(await waitForEnd(started.postgres.pid, 0))
    })

    await t.test('from a folder nobody else may enter', async (t) => {
      await chmod(folder, 0o700)
      const data = join(folder, 'private')
      await mkdir(data)
      const outside = await folderOutside(data)
      t.teardown(() => rm(outside, REMOVE))
      const { child, ended, started } = await startChild(t, [program, data, bin])
      t.equal(started.error, undefined)
      t.equal(await ask(started.postgres.url), 1)
      t.same(await streamsOf(started.nats.url), [])
      const kept = await readFile(join(data, 'postgres.json'), 'utf8')
      t.ok((JSON.parse(kept) as { folder: string }).folder.startsWith(outside))
      child.kill('SIGTERM')
      t.equal(await ended, 0)
      t.ok(await waitForEnd(started.nats.pid, 0))
    })
  })
}
