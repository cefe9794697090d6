#!/usr/bin/env node
import { existsSync } from 'node:fs'

// An installed package holds the compiled program beside this file; a clone holds its sources.
const compiled = new URL('../lib/cli/main.js', import.meta.url)
const sources = new URL('main.ts', import.meta.url)
if (existsSync(sources)) {
  const { prepare, run } = await import('../scripts/install.mjs')
  await prepare({ development: false })
  await run('cli/main.ts', process.argv.slice(2))
} else {
  await import(compiled.href)
}
