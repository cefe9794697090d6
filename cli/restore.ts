import { resolve } from 'node:path'
import { loadConfig } from '../src/config.ts'
import { readManifest } from './backup/manifest.ts'
import { putBack } from './backup/put-back.ts'
import { keysOf, say, withPostgres } from './backup/server.ts'
import { told } from './backup/told.ts'
import { argumentsOf, UsageError, type Command } from './command.ts'

const run = async (args: readonly string[]): Promise<number> => {
  const { positionals } = argumentsOf(args, {})
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0) throw new UsageError('Name the folder of one backup.')
  const config = loadConfig(process.env)
  const keys = await keysOf(config)
  const folder = resolve(name)
  const manifest = await readManifest(folder, keys)
  const began = performance.now()
  const progress = told('filling', say)
  await withPostgres(config, (databaseUrl) =>
    putBack({ databaseUrl, keys, folder, manifest, progress }),
  )
  const [, size = '0'] = manifest.checkpoint?.split('\n') ?? []
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  say(`Restored in ${seconds} s: all that was committed by ${manifest.at}.`)
  say(
    `The ledger ends at ${size} entries. What came after is gone from here, and witnesses will say so:`,
  )
  say('see docs/operations.md before you start the hub.')
  return 0
}

export const restore: Command = {
  words: ['restore'],
  usage: 'npx titian restore FOLDER',
  summary: 'fill an empty hub from a backup',
  help: `Fills the empty database of DATABASE_URL, or of a new DATA_DIR, from a backup: all of it or nothing.
The keys of the hub that was backed up must lie in DATA_DIR/keys (or MASTER_KEY). Every file is checked
before the first row is written. The version of Titian must be the one that made the backup.

Exit code 0, or 2 when it could not; then the database is as it was.`,
  run,
}
