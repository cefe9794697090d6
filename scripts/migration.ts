// npm run migration -- SERVICE NAME: adds an empty migration to drizzle/SERVICE, to be written by
// hand: tables, policies, grants and functions stand together there.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MIGRATED } from '../src/migrate.ts'

const ROOT = join(import.meta.dirname, '..')
const [service = '', name = ''] = process.argv.slice(2)
if (!(MIGRATED as readonly string[]).includes(service) || !/^[a-z0-9-]+$/.test(name)) {
  console.error(`Usage: npm run migration -- SERVICE NAME (service: ${MIGRATED.join(', ')})`)
  process.exit(1)
}
const tables = join('services', service, 'tables.ts')
const schema = existsSync(join(ROOT, tables)) ? tables : join('src', 'migrate.ts')
const args = ['generate', '--custom', '--dialect', 'postgresql', '--schema', schema]
const tool = join(ROOT, 'node_modules', 'drizzle-kit', 'bin.cjs')
const { status } = spawnSync(
  process.execPath,
  [tool, ...args, '--out', join('drizzle', service), '--name', name],
  { cwd: ROOT, stdio: 'inherit' },
)
process.exitCode = status ?? 1
