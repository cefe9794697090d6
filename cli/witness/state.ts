import { hash } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCheckpoint, parseNote, type Checkpoint } from '../../src/proof/note.ts'

/** What a witness remembers of each log: the last head that it cosigned. */
export interface WitnessState {
  /** Null when nothing of this log was cosigned yet. */
  last(origin: string): Promise<Checkpoint | null>
  /** The last head as a note, with the cosignature that was given. */
  note(origin: string): Promise<string | null>
  /** Resolves when the head is on the disk. */
  keep(checkpoint: Checkpoint, note: string, line: string): Promise<void>
}

/** A folder with one file a log, named by the SHA-256 of its origin. */
export const openState = async (folder: string): Promise<WitnessState> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pathOf = (origin: string): string => join(folder, `${hash('sha256', origin)}.note`)
  const note = async (origin: string): Promise<string | null> => {
    try {
      return await readFile(pathOf(origin), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }
  return {
    note,
    last: async (origin) => {
      const kept = await note(origin)
      return kept === null ? null : parseCheckpoint(parseNote(kept).text)
    },
    keep: async ({ origin }, given, line) => {
      const path = pathOf(origin)
      const file = await open(`${path}.new`, 'w', 0o600)
      try {
        await file.writeFile(given + line)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.new`, path)
      const directory = await open(folder)
      try {
        await directory.sync()
      } finally {
        await directory.close()
      }
    },
  }
}
