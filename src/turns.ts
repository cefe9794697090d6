import { Problem } from './problem.ts'

/** Does a piece of work when its turn comes; gives what the work gives, or throws what it throws. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Lets at most `most` pieces of work run at once; the others wait in order. When `waitMost` wait, the next
 * is refused.
 */
export const createTurns = (most: number, waitMost = Infinity): InTurn => {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < most) running += 1
    else if (waiting.length >= waitMost) throw new Problem('unavailable')
    else await new Promise<void>((turn) => waiting.push(turn))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
