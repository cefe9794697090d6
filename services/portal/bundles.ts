import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { StartFailure } from '../../src/embedded/failure.ts'
import { slow } from '../../src/embedded/slow.ts'
import { missingWords } from './words.ts'

const HERE = import.meta.dirname
const ROOT = join(HERE, '..', '..')
const BUILT = join(HERE, 'built')

/** What follows from these alone is in the bundles. */
const SOURCES = ['browser', 'islands', 'parts', 'styles', 'languages'] as const
const SHARED = ['contracts', 'proof'].map((name) => join(ROOT, 'src', name))

/** A file as browsers get it. The name changes with the content, so it may be kept for ever. */
export interface Asset {
  readonly type: string
  readonly plain: Buffer
  readonly gzip: Buffer
  readonly brotli: Buffer
}

export interface Bundles {
  readonly assets: ReadonlyMap<string, Asset>
  /** The style sheet, to be written into each page. */
  readonly css: string
  /** SHA-256 of `css`, base64. */
  readonly cssHash: string
  /** Files of an entry, itself first, such as ['inbox-Ab12.js', 'preact-Cd34.js']. */
  filesOf(entry: string): readonly string[]
}

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => join(entry.parentPath, entry.name)).sort()
}

const stampOf = async (): Promise<string> => {
  const hash = createHash('sha256')
  const folders = [...SOURCES.map((name) => join(HERE, name)), ...SHARED]
  const sources = (await Promise.all(folders.map(filesBelow))).flat()
  for (const path of [...sources, join(HERE, 'vite.config.ts'), join(ROOT, 'package-lock.json')]) {
    hash.update(path.slice(ROOT.length)).update(await readFile(path))
  }
  return hash.digest('hex')
}

const entriesOf = async (): Promise<Record<string, string>> => {
  const entries: Record<string, string> = { style: 'styles/all.css' }
  for (const folder of ['islands', 'browser']) {
    for (const name of await readdir(join(HERE, folder))) {
      const [, entry] = /^([a-z-]+)\.entry\.tsx?$/.exec(name) ?? []
      if (entry !== undefined) entries[entry] = `${folder}/${name}`
    }
  }
  return entries
}

const demandWords = (): void => {
  const [first] = missingWords()
  if (first === undefined) return
  const some = first.missing.slice(0, 5).join(', ')
  throw new StartFailure(`messages/${first.language}.json lacks: ${some}`)
}

/** Built beside and moved into place: another process never sees half of it. */
const build = async (stamp: string): Promise<void> => {
  demandWords()
  const [{ build: viteBuild }, { bundleConfig }] = await Promise.all([
    import('vite'),
    import('./vite.config.ts'),
  ])
  const fresh = `${BUILT}-${process.pid}`
  await viteBuild(bundleConfig(fresh, await entriesOf()))
  await writeFile(join(fresh, 'stamp'), stamp)
  await rm(BUILT, { recursive: true, force: true })
  await rename(fresh, BUILT).catch(async (error: NodeJS.ErrnoException) => {
    // Somebody else was first, with the same files.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(fresh, { recursive: true, force: true })
  })
}

/** Builds the bundles when they are missing or older than their sources. */
export const ensureBundles = async (progress?: (text: string) => void): Promise<void> => {
  const stamp = await stampOf()
  const found = await readFile(join(BUILT, 'stamp'), 'utf8').catch(() => '')
  if (found !== stamp) await slow(progress, "building the pages' scripts", () => build(stamp))
}

interface ManifestEntry {
  readonly file: string
  readonly name?: string
  readonly css?: readonly string[]
  readonly imports?: readonly string[]
  readonly isEntry?: boolean
}
type Manifest = Readonly<Record<string, ManifestEntry>>

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
}

const assetOf = async (path: string): Promise<Asset> => {
  const plain = await readFile(path)
  const [zipped, brotli] = await Promise.all([
    promisify(gzip)(plain, { level: 9 }),
    promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  ])
  const type = TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
  return { type, plain, gzip: zipped, brotli }
}

const filesFrom = (manifest: Manifest, key: string, seen: Set<string>): void => {
  const entry = manifest[key]
  if (entry === undefined || seen.has(entry.file)) return
  seen.add(entry.file)
  for (const imported of entry.imports ?? []) filesFrom(manifest, imported, seen)
}

const load = async (): Promise<Bundles> => {
  const manifest = JSON.parse(await readFile(join(BUILT, 'manifest.json'), 'utf8')) as Manifest
  const names = (await readdir(BUILT)).filter((name) => /\.(js|css)$/.test(name))
  const assets = new Map<string, Asset>()
  for (const name of names) assets.set(name, await assetOf(join(BUILT, name)))
  const sheet = Object.values(manifest).find((entry) => entry.file.endsWith('.css'))?.file ?? ''
  const css = assets.get(sheet)?.plain.toString('utf8') ?? ''
  const entries = new Map<string, readonly string[]>()
  for (const [key, entry] of Object.entries(manifest)) {
    if (entry.isEntry !== true || entry.file.endsWith('.css')) continue
    const seen = new Set<string>()
    filesFrom(manifest, key, seen)
    entries.set(basename(key).replace(/\.entry\.tsx?$/, ''), [...seen])
  }
  return {
    assets,
    css,
    cssHash: createHash('sha256').update(css).digest('base64'),
    filesOf: (entry) => {
      const files = entries.get(entry)
      if (files === undefined) throw new RangeError(`there is no bundle ${entry}`)
      return files
    },
  }
}

const buildAndLoad = async (): Promise<Bundles> => {
  await ensureBundles((text) => process.stdout.write(`${text}\n`))
  return await load()
}

let loaded: Promise<Bundles> | undefined

/** The bundles, built if need be; read and compressed once a process. */
export const loadBundles = (): Promise<Bundles> => (loaded ??= buildAndLoad())
