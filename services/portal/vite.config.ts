import { join } from 'node:path'
import type { InlineConfig } from 'vite'

/** Bundles for the browser alone: one entry an island or behaviour, the style sheet, the worker. */
export const bundleConfig = (outDir: string, entries: Readonly<Record<string, string>>) =>
  ({
    configFile: false,
    root: import.meta.dirname,
    logLevel: 'error',
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: true,
      manifest: 'manifest.json',
      target: 'chrome87',
      modulePreload: false,
      cssCodeSplit: true,
      assetsDir: '',
      rolldownOptions: {
        input: Object.fromEntries(
          Object.entries(entries).map(([name, path]) => [name, join(import.meta.dirname, path)]),
        ),
        output: { entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  }) satisfies InlineConfig
