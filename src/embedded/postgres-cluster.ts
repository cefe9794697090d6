import { execFile } from 'node:child_process'
import { readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { diskFull, StartFailure } from './failure.ts'
import { writePrivate } from './kept.ts'
import { privateFolder, type Account } from './place.ts'
import type { PostgresPrograms } from './postgres-binary.ts'
import { commandOf, waitForEnd } from './process.ts'

const run = promisify(execFile)
const STOP_TIMEOUT_MS = 30_000

export interface Cluster {
  programs: PostgresPrograms
  folder: string
  password: string
  account: Account
  fsync: boolean
}

/** Runs initdb when the folder is not there yet; refuses a folder this Postgres cannot read. */
export async function createCluster(cluster: Cluster): Promise<void> {
  const { folder, programs } = cluster
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => null)
  if (version !== null && version.trim() === String(programs.major)) return
  if (version !== null && version.trim() !== '') {
    throw new StartFailure(
      `${folder} was written by Postgres ${version.trim()}, this is Postgres ${programs.major}. ` +
        'Dump it with the old one and load it here.',
    )
  }
  if ((await stat(folder).catch(() => null)) !== null) {
    throw new StartFailure(
      `${folder} is damaged (no PG_VERSION). Restore it from a backup, or move it away to begin anew.`,
    )
  }
  await initialise(cluster)
}

/** Into a folder beside the final one, so that a killed initdb is never taken for a database. */
async function initialise({ folder, programs, password, account, fsync }: Cluster) {
  const draft = `${folder}.new`
  const passwordFile = `${folder}.password`
  await rm(draft, { recursive: true, force: true })
  await privateFolder(draft, account)
  await writePrivate(passwordFile, `${password}\n`, account)
  const args = [
    `--pgdata=${draft}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(fsync ? [] : ['--no-sync']),
  ]
  try {
    await run(programs.initdb, args, { ...account, cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' } })
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    const text = String((error as { stderr?: string }).stderr ?? error)
    if (/No space left on device|Disk quota exceeded/.test(text)) throw diskFull(folder)
    const line = text.split('\n').find((each) => /error:|FATAL:|cannot|could not/.test(each))
    throw new StartFailure(`The database could not be created in ${folder}: ${line ?? text}`)
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/**
 * After a kill: stops a server that outlived its parent, and removes a postmaster.pid whose process
 * id belongs to something else by now. The caller MUST hold the lock of the data folder.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  const path = join(folder, 'postmaster.pid')
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
  if (!Number.isInteger(pid) || pid <= 0) return
  if ((await commandOf(pid)).includes(`-D ${folder} `)) {
    process.kill(pid, 'SIGINT')
    if (!(await waitForEnd(pid, STOP_TIMEOUT_MS))) {
      throw new StartFailure(`An earlier Postgres (process ${pid}) does not stop. End it first.`)
    }
  } else {
    await rm(path, { force: true })
  }
}
