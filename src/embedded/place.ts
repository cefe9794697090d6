import { createHash } from 'node:crypto'
import { chown, cp, lstat, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { StartFailure } from './failure.ts'

const SHARED_FOLDER = '/var/tmp'
const ACCOUNTS = ['postgres', 'daemon', 'nobody']

/** The unprivileged account a child runs under; undefined when we are not root. */
export type Account = { uid: number; gid: number } | undefined

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * Postgres refuses to run as root. As root the owner of an existing state or data folder is used,
 * else a system account that has an entry in /etc/passwd (Postgres looks its user up).
 */
export async function chooseAccount(folders: string[]): Promise<Account> {
  if (!isRoot()) return undefined
  for (const folder of folders) {
    const owner = await stat(folder).catch(() => null)
    if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  }
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n')
  for (const name of ACCOUNTS) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new StartFailure(
    `Started as root, and none of the users ${ACCOUNTS.join(', ')} exists. Start as an ordinary user.`,
  )
}

/** True when `account` may walk into `path`: it and every folder above it let that user through. */
export async function canEnter(path: string, account: Account): Promise<boolean> {
  if (account === undefined) return true
  let folder = await realpath(path)
  for (;;) {
    const { mode, uid, gid } = await stat(folder)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
    folder = dirname(folder)
  }
}

/**
 * Where state and copies of programs live when the data folder lies inside a folder that `account`
 * may not enter (root's home): `/var/tmp/titian-<hash of the data folder>`.
 */
export async function folderOutside(dataFolder: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(dataFolder))
    .digest('hex')
    .slice(0, 12)
  const folder = join(SHARED_FOLDER, `titian-${hash}`)
  await mkdir(folder, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new StartFailure(`${folder} was made by another user. Remove it and start again.`)
  }
  return folder
}

/**
 * Makes the data folder and what is missing above it. Not Node's recursive mkdir, which never ends
 * where the system answers ENOENT for a folder whose parent is there (/proc).
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = []
  for (let folder = resolve(path); !(await isFolder(folder)); folder = dirname(folder)) {
    missing.push(folder)
  }
  for (const folder of missing.toReversed()) {
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new StartFailure(`No folder can be made at ${folder}.`)
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    if (error.code === 'ENOTDIR') throw new StartFailure(`A part of ${path} is a file.`)
    throw error
  })
  if (found !== null && !found.isDirectory()) {
    throw new StartFailure(`${path} is a file; choose a folder with DATA_DIR.`)
  }
  return found !== null
}

/** A private folder (0700) that belongs to `account`. Its parents MUST exist. */
export async function privateFolder(path: string, account: Account): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  if (account !== undefined) await chown(path, account.uid, account.gid)
}

/**
 * Copies a program or a folder of programs to where an unprivileged account can run it, once per
 * `version`. The caller MUST hold the lock of the data folder.
 */
export async function copyOutside(source: string, dataFolder: string, version: string) {
  const target = join(await folderOutside(dataFolder), version)
  if ((await stat(target).catch(() => null)) !== null) return target
  const draft = `${target}.draft`
  await rm(draft, { recursive: true, force: true })
  await cp(source, draft, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  await rename(draft, target)
  return target
}
