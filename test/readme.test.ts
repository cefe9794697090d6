// Goal: what the README says works as it is written. Method: start a hub as it says, then run its
// snippets, with another port and data folder.
import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startHubProcess } from './helpers/hub-process.ts'

const ROOT = resolve(import.meta.dirname, '..')
const run = promisify(execFile)

interface Snippet {
  readonly language: string
  readonly text: string
}

const snippetsOf = (markdown: string): Snippet[] =>
  [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }))

/** Commands that a run of the tests is inside of already. */
const AROUND = ['npm start', 'npm test', 'npm run check']

t.test('the README, run', { timeout: 110_000 }, async (test) => {
  const snippets = snippetsOf(await readFile(join(ROOT, 'README.md'), 'utf8'))
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const hub = await startHubProcess(test)
  const { port } = new URL(hub.url)
  const here = (text: string): string =>
    text.replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`).replaceAll("'data/", `'${hub.dataDir}/`)
  const env = { ...process.env, PORT: port, DATA_DIR: hub.dataDir }

  const commands = snippets
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trim().split('\n'))
  test.ok(commands.includes('npm start'), 'it says how to start')
  for (const command of commands) {
    const [, script] = /^npm (?:run )?(\w+)/.exec(command) ?? []
    if (script !== undefined) test.ok(script in scripts, `${command} is there`)
    if (AROUND.includes(command)) continue
    const { stdout } = await run('sh', ['-ec', here(command)], { cwd: ROOT, env })
    test.ok(stdout.trim().length > 0, `${command} answers`)
    if (command.startsWith('curl')) test.match(stdout, /"status":"ready"/)
    if (command === 'npm run demo') test.match(stdout, /its trail holds\.\s*$/)
  }

  const says = [/^\d+ referrals have come$/m, /^1 \S+\n2 \S+\n3 \S+\nthe trail holds$/m]
  const programs = snippets.filter(({ language }) => language === 'ts')
  test.equal(programs.length, says.length)
  for (const [index, { text }] of programs.entries()) {
    const path = join(ROOT, `readme-snippet-${process.pid}.ts`)
    await writeFile(path, here(text))
    try {
      const { stdout } = await run(process.execPath, ['scripts/run.mjs', path], { cwd: ROOT, env })
      test.match(stdout, says[index])
    } finally {
      await rm(path)
    }
  }
})

t.test('no document speaks of what is not there', async (test) => {
  for (const page of ['README.md', 'docs/architecture.md']) {
    const text = await readFile(join(ROOT, page), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)\)/g)) {
      if (target.startsWith('http')) continue
      await test.resolves(readFile(join(ROOT, page, '..', target)), `${page}: ${target}`)
    }
    for (const [, path = ''] of text.matchAll(
      /`((?:src|services|drizzle|test|demo|docs)\/[\w./-]+\.\w+)`/g,
    )) {
      await test.resolves(readFile(join(ROOT, path)), `${page}: ${path}`)
    }
  }
})
