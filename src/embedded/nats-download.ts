import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StartFailure } from './failure.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 180_000
export const RELEASE = '2.12.12'
const RELEASES = 'https://github.com/nats-io/nats-server/releases/download'

/**
 * Fetches the distribution's package with apt, which checks its signature, and unpacks it inside
 * `scratch`: no root, no installation, no earlier `apt-get update`. Null where there is no apt or
 * no such package.
 */
export async function fetchFromDebian(scratch: string): Promise<string | null> {
  const lists = join(scratch, 'lists')
  const cache = join(scratch, 'cache')
  const settings = {
    'Dir::State': scratch,
    'Dir::State::Lists': lists,
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': cache,
    'Dir::Log': join(scratch, 'log'),
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Debug::NoLocking': '1',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const limits = { cwd: scratch, timeout: TIMEOUT_MS }
  try {
    await mkdir(join(lists, 'partial'), { recursive: true })
    await mkdir(join(cache, 'archives', 'partial'), { recursive: true })
    await run('apt-get', [...options, '-qq', 'update'], limits)
    await run('apt-get', [...options, '-qq', 'download', 'nats-server'], limits)
    const archive = (await readdir(scratch)).find((name) => name.endsWith('.deb'))
    if (archive === undefined) return null
    await run('dpkg', ['-x', archive, 'package'], limits)
    return join(scratch, 'package', 'usr', 'sbin', 'nats-server')
  } catch {
    return null
  }
}

/** Fetches the release archive and unpacks it only when its SHA-256 is the given one. */
export async function fetchRelease(scratch: string, sha256: string): Promise<string | null> {
  const arch = { x64: 'amd64', arm64: 'arm64', arm: 'arm7', ia32: '386' }[process.arch as string]
  if (arch === undefined) return null
  const name = `nats-server-v${RELEASE}-${process.platform}-${arch}`
  const answer = await fetch(`${RELEASES}/v${RELEASE}/${name}.tar.gz`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => null)
  if (answer === null || !answer.ok) return null
  const bytes = Buffer.from(await answer.arrayBuffer())
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256.toLowerCase()) {
    throw new StartFailure(
      `${name}.tar.gz has the SHA-256 ${found}, NATS_SERVER_SHA256 says ${sha256}. It was not used.`,
    )
  }
  const archive = join(scratch, 'release.tar.gz')
  await writeFile(archive, bytes)
  await run('tar', ['-xzf', archive], { cwd: scratch, timeout: TIMEOUT_MS })
  return join(scratch, name, 'nats-server')
}
