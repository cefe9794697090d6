import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { explain } from './failure.ts'
import { openLog } from './kept.ts'
import { takeLock } from './lock.ts'
import { makeFolder } from './place.ts'
import { slow, type Progress } from './slow.ts'
import { supervise, type Program } from './supervise.ts'

export interface Embedded {
  /**
   * With the name and password in it (nats.js ignores those in a URL: split them off before
   * connecting). The port stays the same across restarts.
   */
  readonly url: string
  /** Changes when the server ended unexpectedly and was started again. */
  readonly pid: number
  /** Orderly. Safe to call twice. */
  stop(): Promise<void>
}

export interface Prepared {
  url: string
  program: Omit<Program, 'logFd'>
}

export interface Recipe {
  /** Of the lock and the log: `postgres` gives `postgres.lock` and `postgres.log`. */
  name: string
  dir: string
  progress: Progress | undefined
  /** Runs under the lock of the data folder, whose resolved path it gets. */
  prepare: (dir: string, logPath: string) => Promise<Prepared>
}

/** Locks the data folder, prepares, and starts the program under supervision. */
export async function startEmbedded(recipe: Recipe): Promise<Embedded> {
  const undo: (() => Promise<void>)[] = []
  const undoAll = async () => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    await makeFolder(recipe.dir)
    const dir = await realpath(recipe.dir)
    const lock = await takeLock(join(dir, `${recipe.name}.lock`), dir)
    undo.push(() => lock.release())
    const logPath = join(dir, `${recipe.name}.log`)
    const { url, program } = await recipe.prepare(dir, logPath)
    const logFile = await openLog(logPath)
    undo.push(() => logFile.close())
    const server = await slow(recipe.progress, `starting ${program.name}`, () =>
      supervise({ ...program, logFd: logFile.fd }),
    )
    undo.push(() => server.stop())
    return {
      url,
      get pid() {
        return server.pid
      },
      stop: undoAll,
    }
  } catch (error) {
    await undoAll()
    throw explain(error, recipe.dir)
  }
}
