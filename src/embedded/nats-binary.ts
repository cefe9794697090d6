import { execFile } from 'node:child_process'
import { access, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { StartFailure } from './failure.ts'
import { fetchFromDebian, fetchRelease } from './nats-download.ts'
import { isAlive } from './process.ts'
import { slow, type Progress } from './slow.ts'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/titian', import.meta.url))
/** The oldest server with every JetStream feature in use (deny_delete, backoff, allow_direct). */
const OLDEST = [2, 9] as const

export interface NatsSearch {
  /** A nats-server to use and no other (NATS_SERVER_BIN). */
  bin?: string | null | undefined
  /** The SHA-256 of the release archive for this platform, in hexadecimal (NATS_SERVER_SHA256). */
  sha256?: string | null | undefined
  /** The data folder: keeps the fetched program where node_modules cannot be written. */
  dir?: string
  progress?: Progress
}

export interface NatsProgram {
  path: string
  version: string
}

/**
 * Where nats-server comes from, first found first taken: the given one, PATH and the system
 * folders, our cache, the Debian or Ubuntu package, the release archive on GitHub.
 */
export async function findNats(search: NatsSearch): Promise<NatsProgram> {
  if (search.bin) {
    const given = await versionOf(search.bin)
    if (given !== null) return given
    throw new StartFailure(
      `NATS_SERVER_BIN is ${search.bin}, and no nats-server ${OLDEST.join('.')} or later is there.`,
    )
  }
  const cacheDir = await writableCache(search.dir)
  const cached = join(cacheDir, 'nats-server')
  for (const path of [
    await onPath(),
    '/usr/sbin/nats-server',
    '/usr/local/sbin/nats-server',
    join(CACHE, 'nats-server'),
    cached,
  ]) {
    const found = path && (await versionOf(path))
    if (found) return found
  }
  return (await download(search, cacheDir, cached)) ?? giveUp()
}

function giveUp(): never {
  throw new StartFailure(
    'nats-server is not on this machine and could not be fetched. Three ways out: install it ' +
      '(apt-get install nats-server, brew install nats-server) or name it in NATS_SERVER_BIN; set ' +
      'NATS_URL to a NATS of your own; or set NATS_SERVER_SHA256 to the published SHA-256 of the ' +
      'release archive, and it is fetched from GitHub.',
  )
}

async function writableCache(dir?: string): Promise<string> {
  try {
    await mkdir(CACHE, { recursive: true })
    await access(CACHE, constants.W_OK)
    return CACHE
  } catch (error) {
    if (dir === undefined) throw error
    const inside = join(dir, 'cache')
    await mkdir(inside, { recursive: true })
    return inside
  }
}

async function download(search: NatsSearch, cacheDir: string, cached: string) {
  await removeAbandoned(cacheDir)
  const scratch = join(cacheDir, `fetch-${process.pid}`)
  const { progress, sha256 } = search
  const sources = [
    () =>
      slow(progress, 'fetching nats-server from the Debian archive', () =>
        fetchFromDebian(scratch),
      ),
    ...(!sha256
      ? []
      : [
          () =>
            slow(progress, 'fetching nats-server from GitHub', () => fetchRelease(scratch, sha256)),
        ]),
  ]
  for (const fetchInto of sources) {
    await rm(scratch, { recursive: true, force: true })
    await mkdir(scratch)
    try {
      const path = await fetchInto()
      if (path !== null && (await versionOf(path)) !== null) {
        await rename(path, cached)
        return await versionOf(cached)
      }
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }
  return null
}

/** A start that was killed while it fetched leaves its scratch folder. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const pid = /^fetch-(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(cacheDir, name), { recursive: true, force: true })
    }
  }
}

async function versionOf(path: string): Promise<NatsProgram | null> {
  try {
    if (!(await stat(path)).isFile()) return null
    const { stdout } = await run(path, ['--version'], { cwd: dirname(path) })
    const version = /v(\d+)\.(\d+)\.\S+/.exec(stdout)
    if (version === null) return null
    const major = Number(version[1])
    const fits = major > OLDEST[0] || (major === OLDEST[0] && Number(version[2]) >= OLDEST[1])
    return fits ? { path, version: version[0].slice(1) } : null
  } catch {
    return null
  }
}

async function onPath(): Promise<string> {
  const found = await run('sh', ['-c', 'command -v nats-server']).catch(() => ({ stdout: '' }))
  return found.stdout.trim()
}
