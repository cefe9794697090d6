import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import postgres from 'postgres'
import { ensureBundles } from '../services/portal/bundles.ts'
import { StartFailure } from '../src/embedded/failure.ts'
import { startNats } from '../src/embedded/nats.ts'
import { startPostgres } from '../src/embedded/postgres.ts'
import { isAlive } from '../src/embedded/process.ts'
import { slow } from '../src/embedded/slow.ts'
import { migrate } from '../src/migrate.ts'
import { databasePassword, TEMPLATE } from '../test/helpers/database.ts'
import { accountName, ACCOUNTS } from '../test/helpers/nats.ts'
import { unpackBrowser } from '../test/helpers/packed-browser.ts'
import { packedAs, packTests } from './pack.mjs'

const ROOT = resolve(import.meta.dirname, '..')
const TAP = join(ROOT, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs')
const LEAN = join(ROOT, 'scripts', 'lean-tap.cjs')
const FOLDER_PREFIX = 'titian-test-'
/** Of the packed tests; within the checkout, from where they find the packages. */
const PACKED = `built/tests-${process.pid}`
const KILL_AFTER_MS = 3_000

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopping.abort())
}

try {
  process.exitCode = await runTests(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof StartFailure ? error.message : error)
  process.exitCode = 1
}

async function runTests(args: string[]): Promise<number> {
  await removeAbandonedFolders()
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`))
  // As root the servers run under another user, who must be able to enter.
  await chmod(folder, 0o755)
  const stops: (() => Promise<void>)[] = []
  try {
    const options = args.filter((arg) => arg.startsWith('-'))
    const tests = await testsOf(args.filter((arg) => !arg.startsWith('-')))
    await Promise.all([
      startServers(folder, stops),
      buildTap(),
      ensureBundles(console.log),
      slow(console.log, 'unpacking the browser (once)', unpackBrowser),
      slow(console.log, 'packing the tests', () => packTests(PACKED, tests)),
    ])
    if (stopping.signal.aborted) return 130
    const migrated = await slow(console.log, 'migrating the template database', makeTemplate)
    if (stopping.signal.aborted) return 130
    const results = join(folder, 'results.tap')
    const files = tests.map((test) => packedAs(PACKED, test))
    const code = await runTap([...options, ...files], results)
    if (stopping.signal.aborted) return 130
    const tap = await readFile(results, 'utf8').catch(() => '')
    return report(tap.replaceAll(`${PACKED}/`, 'test/'), code, migrated ? 0 : 1)
  } finally {
    await Promise.all(stops.map((stop) => stop()))
    await rm(folder, { recursive: true, force: true })
    for (const made of [PACKED, join('.tap', 'test-results', PACKED)]) {
      await rm(join(ROOT, made), { recursive: true, force: true })
    }
  }
}

/** TEST_DATABASE_URL and TEST_NATS_URL may name servers of one's own. */
async function startServers(dir: string, stops: (() => Promise<void>)[]): Promise<void> {
  const progress = console.log
  process.env['TEST_SECRET'] ??= randomBytes(32).toString('base64url')
  const accounts = Array.from({ length: ACCOUNTS }, (_, n) => accountName(n))
  const start = async (
    name: string,
    server: () => Promise<{ url: string; stop(): Promise<void> }>,
  ) => {
    if (process.env[name]) return
    const { url, stop } = await server()
    stops.push(stop)
    process.env[name] = url
  }
  const started = await Promise.allSettled([
    start('TEST_DATABASE_URL', () => startPostgres({ dir, fsync: false, progress })),
    start('TEST_NATS_URL', () =>
      startNats({ dir, progress, bin: process.env['NATS_SERVER_BIN'], extraAccounts: accounts }),
    ),
  ])
  for (const each of started) if (each.status === 'rejected') throw each.reason
}

/** A migration that fails is told at once and counted as one failure; the other tests still run. */
async function makeTemplate(): Promise<boolean> {
  const adminUrl = process.env['TEST_DATABASE_URL'] ?? ''
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  await sql.unsafe(`drop database if exists ${TEMPLATE} with (force)`)
  await sql.unsafe(`create database ${TEMPLATE}`)
  await sql.end()
  const url = new URL(adminUrl)
  url.pathname = `/${TEMPLATE}`
  try {
    await migrate({ adminUrl: url.href, databasePassword })
    return true
  } catch (error) {
    console.error('The migrations fail:', error)
    return false
  }
}

/**
 * tap keeps its plugin list compiled inside node_modules; npm ci brings the default one back, whose
 * TypeScript loader is slower than tsx and not wanted here.
 */
async function buildTap(): Promise<void> {
  const settings = await readFile(join(ROOT, '.taprc'), 'utf8')
  const lock = await readFile(join(ROOT, 'package-lock.json'), 'utf8')
  const wanted = createHash('sha256').update(settings).update(lock).digest('hex')
  const markerFolder = join(ROOT, 'node_modules', '.cache', 'titian')
  const marker = join(markerFolder, 'tap-built')
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) return
  await slow(console.log, 'building the test runner (once)', async () => {
    const child = spawn(process.execPath, [TAP, 'build'], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const code = await exitOf(child)
    if (code !== 0) throw new StartFailure('tap build failed; its message is above.')
  })
  await mkdir(markerFolder, { recursive: true })
  await writeFile(marker, wanted)
}

/** Files of tests that were named, by themselves or by their folder; of no name, all: 'test/cases.test.ts'. */
async function testsOf(named: readonly string[]): Promise<string[]> {
  const names = await readdir(join(ROOT, 'test'), { recursive: true })
  const all = names.filter((name) => name.endsWith('.test.ts')).map((name) => `test/${name}`)
  const found = (named.length > 0 ? named : ['test']).flatMap((name) => {
    const path = relative(ROOT, resolve(ROOT, name)).split(sep).join('/')
    const tests = all.filter((test) => test === path || test.startsWith(`${path}/`))
    if (tests.length === 0) throw new StartFailure(`There are no tests at ${name}.`)
    return tests
  })
  return [...new Set(found)]
}

async function runTap(args: string[], results: string): Promise<number> {
  const terminal = process.stdout.isTTY
  const reporter = terminal ? 'base' : 'min'
  // Two cores: while files wait for servers and browsers a third has work.
  const options = ['--jobs=3', `--reporter=${reporter}`, `--output-file=${results}`]
  const child = spawn(process.execPath, [TAP, ...options, ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --require=${JSON.stringify(LEAN)}`,
    },
    stdio: ['ignore', terminal ? 'inherit' : 'pipe', 'inherit'],
    detached: true,
  })
  // Ink hides and shows the cursor even where there is none.
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(stripVTControlCharacters(text))
  })
  const kill = (signal: NodeJS.Signals) => {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (child.pid !== undefined && !ended) process.kill(-child.pid, signal)
  }
  stopping.signal.addEventListener('abort', () => {
    kill('SIGTERM')
    setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS).unref()
  })
  process.once('exit', () => kill('SIGKILL'))
  return slow(terminal ? undefined : console.log, 'running the tests', () => exitOf(child))
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((done) => {
    child.once('error', () => done(1))
    child.once('close', (code) => done(code ?? 1))
  })
}

/** Prints the closing line and gives the exit code. tap's own summary counts every assertion. */
function report(tap: string, code: number, failedBefore: number): number {
  const summary = /^# \{ total: \d+.*\}$/gm
  const line = tap.match(summary)?.at(-1) ?? ''
  const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(line)?.[1] ?? 0)
  const left = count('skip') + count('todo')
  const passed = count('pass')
  let failed = count('fail') + failedBefore
  let why = ''
  if (left > 0 && process.env['CI']) {
    why = `${left} skipped or unfinished tests count as failures in CI`
    failed += left
  }
  if (passed + failed === 0) why = 'no test ran'
  if (failed === 0 && (code !== 0 || passed === 0)) failed = 1
  // The reporter is silent about some failures, such as a file that ran out of time,
  // and about errors that ended a process (lean-tap.cjs).
  const lines = tap.match(/^ *(not ok|Bail out!|# nobody caught:).*$/gm) ?? []
  for (const text of new Set(lines.map((each) => each.trim()))) console.log(text)
  if (lines.length === 0 && code !== 0) why ||= `tap ended with code ${code}`
  if (why) console.log(why)
  const skipped = left > 0 && !process.env['CI'] ? `, ${left} skipped` : ''
  console.log(`${passed} passed, ${failed} failed${skipped}`)
  return failed > 0 ? 1 : 0
}

/** Of runs that were killed. */
async function removeAbandonedFolders(): Promise<void> {
  for (const [place, its] of [
    [tmpdir(), new RegExp(`^${FOLDER_PREFIX}(\\d+)-`)],
    [join(ROOT, 'built'), /^(?:tests|fresh)-(\d+)$/],
  ] as const) {
    for (const name of await readdir(place).catch(() => [])) {
      const pid = its.exec(name)?.[1]
      if (pid !== undefined && !isAlive(Number(pid))) {
        await rm(join(place, name), { recursive: true, force: true }).catch(() => {})
      }
    }
  }
}
