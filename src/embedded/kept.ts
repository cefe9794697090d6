import { randomBytes, randomUUID } from 'node:crypto'
import { chown, open, readFile, rename, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StartFailure } from './failure.ts'
import { isRoot, type Account } from './place.ts'

/** What an embedded server keeps between starts. The file is 0600: it holds the password. */
export interface Kept {
  id: string
  password: string
  port: number
  /** The folder of the server's own files. */
  folder: string
}

/** Null when there is none yet. */
export async function readKept(path: string): Promise<Kept | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const kept = JSON.parse(text) as Kept
    if (kept.id && kept.password && kept.folder && Number.isInteger(kept.port)) return kept
  } catch {
    // Falls through to the one message below.
  }
  throw new StartFailure(
    `${path} is damaged. Restore it from a backup, or move the data folder away to begin anew.`,
  )
}

export function newKept(): Kept {
  return {
    id: randomUUID().slice(0, 8),
    password: randomBytes(32).toString('base64url'),
    port: 0,
    folder: '',
  }
}

export async function writeKept(path: string, kept: Kept): Promise<void> {
  await writePrivate(path, JSON.stringify(kept), await ownerOf(dirname(path)))
}

/** Opens an empty log file (0600) that belongs to whoever owns the folder it is in. */
export async function openLog(path: string): Promise<FileHandle> {
  const file = await open(path, 'w', 0o600)
  const owner = await ownerOf(dirname(path))
  if (owner !== undefined) await file.chown(owner.uid, owner.gid)
  return file
}

async function ownerOf(folder: string): Promise<Account> {
  if (!isRoot()) return undefined
  const { uid, gid } = await stat(folder)
  return { uid, gid }
}

/** Writes a file (0600) whole or not at all. */
export async function writePrivate(path: string, text: string, owner?: Account): Promise<void> {
  const draft = `${path}.${process.pid}`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  if (owner !== undefined) await chown(draft, owner.uid, owner.gid)
  await rename(draft, path)
}
