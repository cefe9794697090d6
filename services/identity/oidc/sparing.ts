/** How long a failure is kept, in milliseconds: so often at most is one asked who does not answer. */
export const FAILURE_LIFE_MS = 30_000

interface Kept<T> {
  readonly answer: Promise<T>
  /** When it is asked anew; while it is being asked nobody asks beside. */
  until: number
}

/**
 * Asks others sparingly, whoever it is that makes the hub ask: once for all who want the same at the same
 * time, and not again for `lifeMs` after an answer or `FAILURE_LIFE_MS` after a failure.
 */
export const createSparing = <T>(now: () => Date, lifeMs: number) => {
  const kept = new Map<string, Kept<T>>()
  return (name: string, ask: () => Promise<T>): Promise<T> => {
    const known = kept.get(name)
    if (known !== undefined && now().getTime() < known.until) return known.answer
    const entry: Kept<T> = { answer: ask(), until: Number.POSITIVE_INFINITY }
    kept.set(name, entry)
    const keepFor = (ms: number) => () => {
      entry.until = now().getTime() + ms
    }
    entry.answer.then(keepFor(lifeMs), keepFor(FAILURE_LIFE_MS))
    return entry.answer
  }
}
