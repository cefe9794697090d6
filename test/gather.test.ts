import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { gather } from '../src/gather.ts'

interface Row {
  readonly n: number
}
interface Result {
  readonly i: number
  readonly n: number
}

/** A set-based call whose answers the test gives out when it likes, in any order. */
const createCall = (answer: (row: Row & { i: number }) => Result | null = (row) => row) => {
  const sizes: number[] = []
  const held: (() => void)[] = []
  const call = async (rows: readonly Row[]): Promise<Result[]> => {
    sizes.push(rows.length)
    await new Promise<void>((done) => held.push(done))
    const results = (rows as (Row & { i: number })[]).map(answer)
    return results.filter((each) => each !== null).toReversed()
  }
  const release = async (): Promise<void> => {
    for (let idle = 0; idle < 3; idle += 1) {
      for (const done of held.splice(0)) {
        done()
        idle = 0
      }
      await turn()
    }
  }
  return { call, sizes, release }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

t.test('each row gets its own answer, whatever company it rode in', async (t) => {
  const { call, sizes, release } = createCall()
  const one = gather<Row, Result>(call)
  const answers = Promise.all(numbers(200).map((n) => one({ n })))
  await release()
  t.same(
    (await answers).map((each) => each.n),
    numbers(200),
  )
  t.same(sizes, [1, 1, 64, 64, 64, 6], 'the first two leave at once, at most 64 together')
})

t.test('at most two calls are in flight', async (t) => {
  let inFlight = 0
  let most = 0
  const one = gather<Row, Result>(async (rows) => {
    inFlight += 1
    most = Math.max(most, inFlight)
    await turn()
    inFlight -= 1
    return rows as (Row & { i: number })[]
  })
  await Promise.all(numbers(500).map((n) => one({ n })))
  t.equal(most, 2)
})

t.test('poisoned rows fail alone, and nobody is asked twice once answered', async () => {
  const poison = fc.uniqueArray(fc.nat(99), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(poison, async (bad) => {
      const done: number[] = []
      const one = gather<Row, Result>(async (rows) => {
        await turn()
        const found = rows.find(({ n }) => bad.includes(n))
        if (found !== undefined) throw new Error(`row ${found.n}`)
        done.push(...rows.map(({ n }) => n))
        return rows as (Row & { i: number })[]
      })
      const settled = await Promise.allSettled(numbers(100).map((n) => one({ n })))
      const isFair = settled.every((each, n) =>
        each.status === 'fulfilled'
          ? !bad.includes(n) && each.value.n === n
          : bad.includes(n) && (each.reason as Error).message === `row ${n}`,
      )
      return isFair && done.length === new Set(done).size && done.length === 100 - bad.length
    }),
    { seed: 3, numRuns: 50 },
  )
})

t.test('one poisoned row costs its neighbours few calls', async (t) => {
  let calls = 0
  const one = gather<Row, Result>(async (rows) => {
    calls += 1
    await turn()
    if (rows.some(({ n }) => n === 40)) throw new Error('poison')
    return rows as (Row & { i: number })[]
  })
  await Promise.allSettled(numbers(66).map((n) => one({ n })))
  t.ok(calls <= 2 + 1 + 2 * 6, `${calls} calls`)
})

t.test('an outage fails all that wait in the call at once', async (t) => {
  let calls = 0
  const one = gather<Row, Result>(async () => {
    calls += 1
    await turn()
    throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
  })
  const settled = await Promise.allSettled(numbers(66).map((n) => one({ n })))
  t.ok(settled.every((each) => each.status === 'rejected'))
  t.equal(calls, 3, 'no row is tried again alone')
})

t.test('a row without an answer fails, its neighbours do not; later rows go on', async (t) => {
  const { call, release } = createCall((row) => (row.n === 5 ? null : row))
  const one = gather<Row, Result>(call)
  const waiting = Promise.allSettled(numbers(10).map((n) => one({ n })))
  await release()
  t.same(
    (await waiting).flatMap((each, n) => (each.status === 'rejected' ? [n] : [])),
    [5],
  )
  const later = one({ n: 11 })
  await release()
  t.equal((await later).n, 11)
})

t.test('a call that throws before it begins is a failure like another', async (t) => {
  const one = gather<Row, Result>(() => {
    throw new TypeError('no such function')
  })
  await t.rejects(one({ n: 1 }), { message: 'no such function' })
})
