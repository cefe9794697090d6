// npm run package: compiles what partners import and run, and packs it as titian-<version>.tgz.
// Arguments are npm pack's, such as --pack-destination DIR.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, ROOT } from './install.mjs'

await prepare({ development: true })

const run = (command, args) => {
  const shell = process.platform === 'win32' && command === 'npm'
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', shell })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync(join(ROOT, 'lib'), { recursive: true, force: true })
const tsc = join(ROOT, 'node_modules', '@typescript', 'native', 'bin', 'tsc')
run(process.execPath, [tsc, '-p', join('src', 'client')])
const script = process.env.npm_execpath
const [npm, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []]
run(npm, [...first, 'pack', '--loglevel=error', ...process.argv.slice(2)])
