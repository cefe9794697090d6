import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, ROOT } from './install.mjs'

await prepare({ development: true })

const program = (name, ...path) => join(ROOT, 'node_modules', name, ...path)
const CHECKS = join(ROOT, 'scripts', 'checks')
const generated = existsSync(CHECKS)
  ? readdirSync(CHECKS)
      .filter((name) => name.endsWith('.ts'))
      .toSorted()
  : []

/** What each line says, and the arguments that node gets. */
const checks = [
  ['types', [program('@typescript/native', 'bin', 'tsc'), '-p', '.', '--pretty', 'false']],
  ['lint', [program('oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings']],
  ['format', [program('oxfmt', 'bin', 'oxfmt'), '--check', '.']],
  ...generated.map((name) => [
    name.replace(/\.ts$/, '').replaceAll('-', ' '),
    [join(ROOT, 'scripts', 'run.mjs'), `scripts/checks/${name}`],
  ]),
]

let failed = 0
for (const [name, args] of checks) {
  const startedAt = Date.now()
  const { code, output } = await outputOf(args)
  const time = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name} (${time})`)
  if (code === 0) continue
  failed++
  console.log(output.trimEnd().replaceAll(/^/gm, '        '))
}
process.exitCode = failed === 0 ? 0 : 1

function outputOf(args) {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text))
  }
  return new Promise((done) => {
    child.once('error', (error) => done({ code: 1, output: error.message }))
    child.once('close', (code) => done({ code: code ?? 1, output }))
  })
}
