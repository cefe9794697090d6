import { setImmediate as turn } from 'node:timers/promises'
import type postgres from 'postgres'

/** What a query answers that must not be sent: nothing, ever. */
const silence = (): unknown => {
  const never: object = Object.assign(new Promise(() => {}), { values: () => never })
  return never
}

/** Queries of the transaction fall silent once its connection is lost. */
const guard = (tx: postgres.TransactionSql, isLost: () => boolean): postgres.TransactionSql =>
  new Proxy(tx, {
    get: (target, key) => {
      if (key === 'unsafe' && isLost()) return silence
      return Reflect.get(target, key) as unknown
    },
  })

/**
 * Makes the loss of a connection during a transaction an error of that transaction alone. Its
 * `begin` rejects at once; what the work does or throws after that changes nothing any more.
 * postgres.js (3.4.9) by itself goes on to write `rollback`, `commit` or the next query to a socket
 * that is gone, which ends the process.
 */
export const surviveLoss = (client: postgres.Sql): postgres.Sql => {
  const begin = <T>(work: (tx: postgres.TransactionSql) => Promise<T>): Promise<unknown> => {
    let isLost = false
    const begun = client.begin(async (tx) => {
      try {
        return await work(guard(tx, () => isLost))
      } catch (error) {
        // The query in hand is rejected a moment before the transaction is.
        await turn()
        throw error
      } finally {
        if (isLost) await new Promise(() => {})
      }
    })
    begun.catch(() => {
      isLost = true
    })
    return begun
  }
  return new Proxy(client, {
    get: (target, key) => (key === 'begin' ? begin : (Reflect.get(target, key) as unknown)),
  })
}
