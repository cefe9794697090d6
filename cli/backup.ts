import { resolve } from 'node:path'
import { loadConfig } from '../src/config.ts'
import { keysOf, say, withPostgres } from './backup/server.ts'
import { takeBackup } from './backup/take.ts'
import { told } from './backup/told.ts'
import { argumentsOf, UsageError, type Command } from './command.ts'

const run = async (args: readonly string[]): Promise<number> => {
  const { positionals } = argumentsOf(args, {})
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0) throw new UsageError('Name one new folder.')
  const config = loadConfig(process.env)
  const keys = await keysOf(config)
  const folder = resolve(name)
  const progress = told('copying', say)
  const manifest = await withPostgres(config, (databaseUrl) =>
    takeBackup({ databaseUrl, keys, folder, progress }),
  )
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  const bytes = manifest.tables.reduce((sum, table) => sum + table.bytes, 0)
  say(`${folder}: all that was committed by ${manifest.at},`)
  say(`${manifest.tables.length} tables, ${rows} rows, ${(bytes / 2 ** 20).toFixed(1)} MB, sealed.`)
  say(`It opens with the keys of this hub alone: keep a copy of ${config.dataDir}/keys elsewhere.`)
  return 0
}

export const backup: Command = {
  words: ['backup'],
  usage: 'npx titian backup FOLDER',
  summary: 'copy the whole hub into a new folder, sealed, while it runs',
  help: `Copies everything that Postgres holds for the hub, as of one instant, into FOLDER. The hub may run
meanwhile. Files are compressed, and sealed under the hub's master key. NATS is not in it: what it held is
sent again from the ledger. The keys are not in it either: copy DATA_DIR/keys, and keep it elsewhere, since
whoever has both can read everything.

It reads the hub's settings (docs/environment.md): run it with the hub's environment.

Exit code 0, or 2 when it could not; a folder without manifest.json is no backup.`,
  run,
}
