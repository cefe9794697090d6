import { StartFailure } from '../src/embedded/failure.ts'
import { benchNotices } from './notices.ts'
import { benchDirectory } from './directory.ts'
import { benchSend } from './send.ts'

/** What can be measured; each prints a readable table, or with --json one object. */
const BENCHES: Readonly<Record<string, () => Promise<{ json: object; text: string }>>> = {
  send: benchSend,
  notices: benchNotices,
  directory: benchDirectory,
}

const asJson = process.argv.includes('--json')
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const chosen = names.length === 0 ? Object.keys(BENCHES) : names

try {
  let json = {}
  for (const name of chosen) {
    const bench = BENCHES[name]
    if (bench === undefined) {
      throw new StartFailure(
        `There is no bench ${name}. Choose of: ${Object.keys(BENCHES).join(', ')}`,
      )
    }
    const result = await bench()
    json = { ...json, ...result.json }
    if (!asJson) process.stdout.write(`${result.text}\n`)
  }
  if (asJson) process.stdout.write(`${JSON.stringify(json)}\n`)
} catch (error) {
  process.stderr.write(
    `${error instanceof StartFailure ? error.message : String((error as Error).stack)}\n`,
  )
  process.exitCode = 1
}
