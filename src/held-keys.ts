import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'

/**
 * When the keys that the hub holds for agencies were replaced, by agency: ISO 8601, the first one first.
 * The keys themselves follow from the master key and the number of times; there is nothing secret here.
 */
export type Replacements = Readonly<Record<string, readonly string[]>>

/** How old a look at the file may be: a rotation by another process is seen this much later. */
const LOOK_MS = 1_000

const read = (path: string): Replacements => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Replacements
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Gives the replacements as they are now in `path`; none when there is no such file. */
export const openReplacements = (path: string): (() => Replacements) => {
  let changedAt = Number.NaN
  let lookedAt = 0
  let known: Replacements = {}
  return () => {
    const now = Date.now()
    if (now - lookedAt < LOOK_MS) return known
    lookedAt = now
    const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (at !== changedAt) {
      known = read(path)
      changedAt = at
    }
    return known
  }
}

/** Replaces the key of an agency from `now` on; gives how often it has been. */
export const replaceHeldKey = (path: string, agency: string, now: Date): number => {
  const before = read(path)
  const times = [...(before[agency] ?? []), now.toISOString()]
  const draft = `${path}.new`
  writeFileSync(draft, JSON.stringify({ ...before, [agency]: times }), { mode: 0o600 })
  renameSync(draft, path)
  return times.length
}
