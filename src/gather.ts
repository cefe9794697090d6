import { isOutage } from './outage.ts'

/** Takes one row; resolves with the result row whose `i` was its place in the call it rode in. */
export type Gathered<Row, Result> = (row: Row) => Promise<Result>

interface Waiting<Row, Result> {
  readonly row: Row
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

const MAX_ROWS = 64
const MAX_IN_FLIGHT = 2

/**
 * Turns a set-based call into a single-row one. A row that comes while fewer than two calls are in
 * flight leaves at once; later ones wait together for the next call, so nobody waits for company.
 * When a call fails, its halves are tried again, down to single rows, so that one bad row fails by
 * itself: the call MUST be atomic and safe to repeat after a failure. An outage fails all at once.
 */
export const gather = <Row extends object, Result extends { i: number }>(
  call: (rows: readonly Row[]) => Promise<readonly Result[]>,
): Gathered<Row, Result> => {
  const queue: Waiting<Row, Result>[] = []
  let inFlight = 0

  const settle = async (batch: readonly Waiting<Row, Result>[]): Promise<void> => {
    try {
      const results = await call(batch.map((waiting, i) => ({ ...waiting.row, i })))
      const byIndex = new Map(results.map((result) => [result.i, result]))
      for (const [index, waiting] of batch.entries()) {
        const result = byIndex.get(index)
        if (result === undefined)
          waiting.reject(new Error('a set-based call left a row unanswered'))
        else waiting.resolve(result)
      }
    } catch (error) {
      if (batch.length === 1 || isOutage(error)) {
        for (const waiting of batch) waiting.reject(error)
        return
      }
      const half = Math.ceil(batch.length / 2)
      await settle(batch.slice(0, half))
      await settle(batch.slice(half))
    }
  }

  const pump = (): void => {
    while (inFlight < MAX_IN_FLIGHT && queue.length > 0) {
      inFlight += 1
      void settle(queue.splice(0, MAX_ROWS)).finally(() => {
        inFlight -= 1
        pump()
      })
    }
  }

  return (row) =>
    new Promise((resolve, reject) => {
      queue.push({ row, resolve, reject })
      pump()
    })
}
