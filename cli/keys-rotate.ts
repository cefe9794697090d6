import { join } from 'node:path'
import { rotateKeyRing } from '../src/key-ring.ts'
import { permitRingPath } from '../src/keys.ts'
import { argumentsOf, UsageError, type Command } from './command.ts'

const rotate = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = argumentsOf(args, {
    'data-dir': { type: 'string', default: 'data' },
    revoked: { type: 'boolean', default: false },
  })
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is not known.`)
  const path = permitRingPath(join(values['data-dir'], 'keys'))
  try {
    const { from, to } = rotateKeyRing(path, values.revoked, new Date())
    const fate = values.revoked
      ? 'revoked: nothing that it signed holds'
      : 'retired: it still verifies'
    process.stdout.write(`Permits are signed with ${to} now.\n${from} is ${fate}.\n`)
    return 0
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new UsageError(`${path} cannot be read or written (${code}). Name the hub's DATA_DIR.`)
  }
}

export const keysRotate: Command = {
  words: ['keys', 'rotate'],
  usage: 'npx titian keys rotate [--data-dir FOLDER] [--revoked]',
  summary: 'let the next key sign permits from now on',
  help: `The next key, published long before, signs permits from now on; a new next one is made. A hub that
runs sees it within a second. Permits that the old key signed still verify.

  --data-dir FOLDER  the hub's DATA_DIR; data when not said
  --revoked          the old key was in wrong hands: it is published no more, and every agency with an
                     event stream is told (key-revoked)

Exit code 0, or 2 when the keys cannot be read or written.`,
  run: rotate,
}
