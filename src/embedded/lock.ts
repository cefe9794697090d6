import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { birthOf } from './process.ts'
import { StartFailure } from './failure.ts'

export interface Lock {
  release(): Promise<void>
}

/**
 * Takes the lock file `path` for this process, or throws a StartFailure naming the process that
 * holds it. A lock whose holder is gone, or whose process id now belongs to another process, is
 * taken over. MUST be released; a holder that was killed leaves a lock that the next start removes.
 */
export async function takeLock(path: string, folder: string): Promise<Lock> {
  const mine = JSON.stringify({ pid: process.pid, birth: await birthOf(process.pid) })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, mine, { mode: 0o644 })
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (await linked(draft, path)) return { release: () => release(path, mine) }
      const holder = await readHolder(path)
      if (holder === null) continue
      if (holder.alive) {
        throw new StartFailure(
          `Titian already runs with the data folder ${folder} (process ${holder.pid}). ` +
            'Stop that one first, or choose another folder with DATA_DIR.',
        )
      }
      await removeStale(path, holder.text)
    }
  } finally {
    await rm(draft, { force: true })
  }
  throw new StartFailure(`Another process starts with the data folder ${folder} now. Try again.`)
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function readHolder(path: string) {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const { pid, birth } = JSON.parse(text) as { pid: number; birth: string }
    return { text, pid, alive: (await birthOf(pid)) === birth }
  } catch {
    return { text, pid: 0, alive: false }
  }
}

/** Two starts may find the same stale lock: what was moved away MUST be the stale one. */
async function removeStale(path: string, staleText: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if ((await readFile(aside, 'utf8')) !== staleText) await linked(aside, path)
  await rm(aside, { force: true })
}

async function release(path: string, mine: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '')
  if (text === mine) await rm(path, { force: true })
}
