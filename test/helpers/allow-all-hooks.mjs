// Module hooks (node:module register): whoever imports src/decide.ts gets allow-all.ts instead, but for
// allow-all.ts itself.
const REAL = /\/src\/decide\.ts$/

export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  if (!REAL.test(found.url) || context.parentURL?.includes('/allow-all.ts')) return found
  return await next('./allow-all.ts', { ...context, parentURL: import.meta.url })
}
