/**
 * Data as lines of text: `name: content`, one thing a line. What is not text is written as JSON, so
 * that coded data of programs goes through a page unharmed.
 */
export const linesOf = (data: Readonly<Record<string, unknown>>): string =>
  Object.entries(data)
    .map(([name, value]) => `${name}: ${isPlain(value) ? value : JSON.stringify(value)}`)
    .join('\n')

/** Text that would not be taken for JSON when it is read back. */
const isPlain = (value: unknown): value is string =>
  typeof value === 'string' && !value.includes('\n') && valueOf(value) === value.trim()

const valueOf = (text: string): unknown => {
  const trimmed = text.trim()
  if (!/^(["[{]|-?\d|true$|false$|null$)/.test(trimmed)) return trimmed
  try {
    return JSON.parse(trimmed) as unknown
  } catch {
    return trimmed
  }
}

/** The lines as data; null when one has no name or no content, or two have one name. */
export const parseLines = (text: string): Record<string, unknown> | null => {
  const entries: [string, unknown][] = []
  for (const line of text.split(/\r?\n/).filter((each) => each.trim() !== '')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim()
    const value = line.slice(colon + 1).trim()
    if (colon < 1 || name === '' || value === '') return null
    if (entries.some(([known]) => known === name)) return null
    entries.push([name, valueOf(value)])
  }
  return entries.length === 0 ? null : Object.fromEntries(entries)
}
