import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { replaceHeldKey } from '../src/held-keys.ts'
import { rotateKeyRing } from '../src/key-ring.ts'
import { permitRingPath, replacementsPath } from '../src/keys.ts'
import { argumentsOf, UsageError, type Command } from './command.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @throws UsageError unless the keys of a hub are in that folder */
const rotatePermits = (folder: string, isRevoked: boolean): string => {
  const { from, to } = rotateKeyRing(permitRingPath(folder), isRevoked, new Date())
  const fate = isRevoked
    ? 'revoked: nothing that it signed holds, and every holder of a permit is told'
    : 'retired: it still verifies'
  return `Permits are signed with ${to} now.\n${from} is ${fate}.\n`
}

const rotateHeld = (folder: string, agency: string): string => {
  if (!UUID.test(agency)) throw new UsageError('--agency is the id of an agency.')
  const times = replaceHeldKey(replacementsPath(folder), agency, new Date())
  return `The hub signs for ${agency} with another key now: number ${times + 1}.
The one before is retired: it still verifies.
`
}

const rotate = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = argumentsOf(args, {
    'data-dir': { type: 'string', default: 'data' },
    agency: { type: 'string' },
    revoked: { type: 'boolean', default: false },
  })
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is not known.`)
  const { agency, revoked } = values
  if (agency !== undefined && revoked) {
    throw new UsageError(
      'A key that the hub holds for an agency follows from the master key: whoever has one has all.',
    )
  }
  const folder = join(values['data-dir'], 'keys')
  const path = permitRingPath(folder)
  if (!existsSync(path)) throw new UsageError(`${path} is not there. Name the hub's DATA_DIR.`)
  try {
    const said = agency === undefined ? rotatePermits(folder, revoked) : rotateHeld(folder, agency)
    process.stdout.write(said)
    return 0
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new UsageError(`${folder} cannot be read or written (${code}). Name the hub's DATA_DIR.`)
  }
}

export const keysRotate: Command = {
  words: ['keys', 'rotate'],
  usage: 'npx titian keys rotate [--data-dir FOLDER] [--agency ID | --revoked]',
  summary: 'let another key sign permits, or for one agency, from now on',
  help: `The next key, published long before, signs permits from now on; a new next one is made. With --agency
it is the key by which the hub signs for one agency (statements and manifests) that is replaced by another.
A hub that runs sees it within a second. What the old key signed still verifies.

  --data-dir FOLDER  the hub's DATA_DIR; data when not said
  --agency ID        the key that the hub holds for this agency, in place of that of permits
  --revoked          the old key of permits was in wrong hands: it is published no more, and every agency
                     that sent or got a hand-off, or has an event stream, is told (key-revoked)

What the hub holds for agencies follows from its master key and DATA_DIR/keys/agencies.json: keep both.
An agency that has keys of its own replaces them in its own hands.
Exit code 0, or 2 when the keys cannot be read or written.`,
  run: rotate,
}
