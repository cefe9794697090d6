import { createHmac } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Context } from '../../src/service.ts'

/** Which survivors were erased. It tells nobody who: a line is a keyed digest of a case's id. */
export interface ErasureRegister {
  /** Resolves when the line is on the disk. */
  add(subject: string): Promise<void>
  /** Reads the file anew: another process may have added to it. */
  read(): Promise<(subject: string) => boolean>
}

/**
 * A file beside the keys and apart from the database, so that an older backup of the database does not
 * bring back what was erased after it was made.
 */
export const openRegister = ({
  config,
  keys,
}: Pick<Context, 'config' | 'keys'>): ErasureRegister => {
  const path = join(config.dataDir, 'keys', 'erased')
  const digestOf = (subject: string): string =>
    createHmac('sha256', keys.derive('audit/erased')).update(subject).digest('base64url')
  return {
    add: async (subject) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(path, 'a', 0o600)
      try {
        await file.write(`${digestOf(subject)}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    read: async () => {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return ''
        throw error
      })
      const lines = new Set(text.split('\n'))
      return (subject) => lines.has(digestOf(subject))
    },
  }
}
