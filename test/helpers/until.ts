import { setTimeout as wait } from 'node:timers/promises'

const POLL_MS = 10

export interface UntilOptions {
  timeoutMs?: number
  /** Completes the sentence "timed out waiting for …". */
  what: string
}

/** Waits until `condition` gives something true, and gives that. A throw counts as not yet. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 30_000, what }: UntilOptions,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value
      last = undefined
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) {
      throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}`, { cause: last })
    }
    await wait(POLL_MS)
  }
}
