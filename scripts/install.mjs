// Runs before anything is installed: plain JavaScript, no packages.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const OLDEST_NODE = [20, 19]

/** Ends the process with one line when Node is too old or the packages cannot be installed. */
export async function prepare({ development }) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    fail(`Titian needs Node ${OLDEST_NODE.join('.')} or later; this is ${process.versions.node}.`)
  }
  if (!installed(development)) await withLock(development, install)
}

/** Runs a TypeScript file in this process, so that signals and the exit code are its own. */
export async function run(file, args = []) {
  process.setSourceMapsEnabled(true)
  const path = resolve(ROOT, file)
  if (!existsSync(path)) fail(`There is no ${file}.`)
  const { packProgram } = await import('./pack.mjs')
  const packed = await packProgram(path)
  process.argv = [process.argv[0], path, ...args]
  await import(pathToFileURL(packed).href)
}

/** True when node_modules holds what package-lock.json says; packages of other platforms aside. */
function installed(development) {
  try {
    const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages
    const path = join(ROOT, 'node_modules', '.package-lock.json')
    const found = JSON.parse(readFileSync(path, 'utf8')).packages
    return Object.entries(wanted).every(([name, entry]) => {
      if (name === '') return true
      const there = found[name]
      if (there !== undefined) return there.integrity === entry.integrity
      return entry.optional === true || (entry.dev === true && !development)
    })
  } catch {
    return false
  }
}

async function install() {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  console.log('… installing packages (about half a minute, once)')
  const timer = setInterval(() => console.log(`… installing packages (${seconds()} s)`), 10_000)
  const script = process.env.npm_execpath
  const [command, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []]
  const child = spawn(command, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32' && command === 'npm',
  })
  const code = await new Promise((done) => {
    child.once('error', () => done(1))
    child.once('exit', (exitCode) => done(exitCode ?? 1))
  })
  clearInterval(timer)
  if (code !== 0) fail('The packages could not be installed; npm said why above.')
  console.log(`Packages installed in ${seconds()} s`)
}

/** Two commands in one fresh clone: the second waits for the first one's installation. */
async function withLock(development, work) {
  const hash = createHash('sha256').update(ROOT).digest('hex').slice(0, 12)
  const path = join(tmpdir(), `titian-install-${hash}.lock`)
  for (let told = false; ; told = true) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${path}: ${error.message}`)
    }
    if (!holderLives(path)) rmSync(path, { force: true })
    else if (!told) console.log('… waiting for another command that installs the packages')
    await wait(200)
  }
  const release = () => rmSync(path, { force: true })
  process.once('exit', release)
  if (!installed(development)) await work()
  process.off('exit', release)
  release()
}

function holderLives(path) {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function fail(line) {
  console.error(line)
  process.exit(1)
}
