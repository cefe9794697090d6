#!/usr/bin/env node
import { prepare, run } from '../scripts/install.mjs'

await prepare({ development: false })
await run('cli/main.ts', process.argv.slice(2))
