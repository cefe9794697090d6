import { prepare, run } from './install.mjs'

await prepare({ development: false })
await run('services/main.ts', process.argv.slice(2))
