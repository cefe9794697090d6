// node scripts/run.mjs FILE [arguments]: runs a TypeScript file, after installing what is missing.
import { prepare, run } from './install.mjs'

const [file, ...args] = process.argv.slice(2)
if (file === undefined) {
  console.error('Usage: node scripts/run.mjs FILE [arguments]')
  process.exit(1)
}
await prepare({ development: true })
await run(file, args)
