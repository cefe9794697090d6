import { prepare, run } from './install.mjs'

await prepare({ development: true })
await run('scripts/test.ts', process.argv.slice(2))
