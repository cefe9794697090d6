// Goal: the rules of the house hold in every file. Method: read the tree as text.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { EVENTS } from '../src/contracts/events.ts'
import { TRANSITIONS } from '../src/contracts/lifecycle.ts'

const ROOT = join(import.meta.dirname, '..')
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
const files = listed.split('\n').filter((path) => path !== '' && existsSync(join(ROOT, path)))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const code = files.filter((path) =>
  /^(src|services|cli|demo|bench|scripts)\/.*\.(tsx?|mjs)$/.test(path),
)
const tests = files.filter((path) => /^test\/.*\.ts$/.test(path))
const imports = (path: string): string[] =>
  [...read(path).matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map((m) => m[1] ?? m[2] ?? '')
const pathOf = (file: string, target: string): string => join(file, '..', target)

t.test('the kernel imports no service; a service imports no sibling', async (test) => {
  for (const path of code) {
    const owner = /^services\/([a-z]+)\//.exec(path)?.[1]
    if (owner === undefined && !path.startsWith('src/')) continue
    for (const target of imports(path).filter((name) => name.startsWith('.'))) {
      const [, other] = /^services\/([a-z]+)\//.exec(pathOf(path, target)) ?? []
      if (other !== undefined && other !== owner) test.fail(`${path} imports ${target}`)
    }
  }
  test.pass('looked through every import')
})

t.test('what browsers run asks nothing of Node.js', async (test) => {
  for (const path of code.filter((name) => name.startsWith('src/proof/'))) {
    for (const target of imports(path)) test.match(target, /^(\.\/[a-z-]+\.ts|canonicalize)$/, path)
    test.notMatch(read(path), /\b(Buffer|process|require)\b/, path)
  }
})

t.test('the environment is read where settings are', async (test) => {
  const allowed = ['src/start.ts', 'demo/demo.ts', 'bench/send.ts']
  const readers = code.filter(
    (path) =>
      read(path).includes('process.env') &&
      !allowed.includes(path) &&
      !/^scripts\/|^cli\/[a-z-]+\.ts$/.test(path),
  )
  test.same(readers, [])
})

t.test('files are short, and named after the one thing they do', async (test) => {
  for (const path of [...code, ...tests]) {
    const lines = read(path).split('\n').length - 1
    test.ok(lines <= 300, `${path}: ${lines} lines`)
    test.match(path, /^[a-z0-9/.-]+$/, path)
  }
  const vague = code.filter((path) => /\/(utils?|common|helpers?|types)(\/|\.tsx?$)/.test(path))
  test.same(vague, [])
})

t.test('no test is skipped, focused or asleep; nothing is left to do', async (test) => {
  for (const path of [...code, ...tests]) {
    const text = read(path)
    if (path === 'test/tidy.test.ts') continue
    test.notMatch(text, /\.(skip|only|todo)\(|\b(skip|only|todo): (true|')/, path)
    test.notMatch(text, /\b(TODO|FIXME|XXX|HACK)\b/, path)
    if (path.startsWith('test/')) test.notMatch(text, /setTimeout\([^,]+, *[0-9_]{4,}\)/, path)
  }
})

t.test(
  'a file starts what it needs before its first test: tap may end it while it waits',
  async (test) => {
    for (const path of tests) {
      const [, rest = ''] = /^t\.test\((.*)/ms.exec(read(path)) ?? []
      test.notMatch(rest, /^(const [^\n]*= )?await /m, path)
    }
  },
)

t.test('only the database door and the bus know their drivers', async (test) => {
  for (const path of code.filter((name) => /^(src|services)\//.test(name))) {
    const names = imports(path)
    if (names.includes('nats')) test.match(path, /^src\/bus/, path)
    if (names.includes('postgres')) {
      test.match(
        path,
        /^(src\/(db|lost-connection|migrate|start|embedded\/.*)\.ts|services\/.*)$/,
        path,
      )
    }
  }
})

t.test('a service is its folder: contents, alone, explained', async (test) => {
  const names = new Set(files.map((path) => /^services\/([a-z]+)\//.exec(path)?.[1]))
  for (const name of names) {
    if (name === undefined) continue
    for (const part of ['service.ts', 'main.ts', 'problems.ts', 'README.md']) {
      test.ok(files.includes(`services/${name}/${part}`), `services/${name}/${part}`)
    }
  }
})

t.test('every event is registered, and every registered event can happen', async (test) => {
  const sources = [
    ...code.filter((path) => path !== 'src/contracts/events.ts'),
    ...files.filter((path) => /^drizzle\/.*\.sql$/.test(path)),
  ]
  const text = sources.map(read).join('\n')
  const named = new Set(text.match(/(?<=')[a-z]+\.[a-z_]+\.[a-z_]+\.v\d+(?=')/g))
  const moves = Object.values(TRANSITIONS).map((row) => `referrals.referral.${row.event}.v1`)
  for (const event of named) test.ok((EVENTS as readonly string[]).includes(event), event)
  for (const event of EVENTS) test.ok(named.has(event) || moves.includes(event), `${event} happens`)
})

t.test('every route is named in a test', async (test) => {
  const asked = tests
    .filter((path) => path !== 'test/tidy.test.ts')
    .map(read)
    .join('\n')
  for (const path of code.filter((name) => /^services\/[a-z]+\/routes\//.test(name))) {
    for (const [, url = ''] of read(path).matchAll(/^ {4}'(\/[^']*)',$/gm)) {
      const fixed = url.split('/:')[0] ?? url
      test.ok(asked.includes(fixed), `${path}: ${url}`)
    }
  }
})
