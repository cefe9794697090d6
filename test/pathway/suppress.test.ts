// Goal: no count under k can be computed from what the network view shows, by differencing or by any
// other use of its sums.
// Method: a reader who shares no code with the suppression: a search for another table that fits all
// shown numbers, and linear algebra over the sums of larger tables.
import fc from 'fast-check'
import t from 'tap'
import {
  poolSmallRows,
  suppress,
  type CountTable,
  type ShownTable,
} from '../../services/cases/suppress.ts'

const tableOf = (counts: number[][]): CountTable => ({
  rows: counts.map((_, row) => `r${row}`),
  columns: (counts[0] ?? []).map((_, column) => `c${column}`),
  counts,
})
const tables = (most: number, rows: number, columns: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: rows }), fc.integer({ min: 1, max: columns }))
    .chain(([height, width]) => {
      const row = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: most })), {
        minLength: width,
        maxLength: width,
      })
      return fc.array(row, { minLength: height, maxLength: height })
    })
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Whether some table of positive hidden counts fits what is shown, with this total or cell at least k. */
const couldBe = (
  shown: ShownTable,
  isEnough: (counts: number[][]) => boolean,
  most: number,
): boolean => {
  const { rows, columns } = shown
  const guess = shown.counts.map((row) => row.map((count) => count ?? 0))
  const cells = shown.counts.flatMap((row, r) =>
    row.flatMap((count, c) => (count === null ? [[r, c] as const] : [])),
  )
  const fits = (isWhole: boolean): boolean => {
    const within = (counts: number[], total: number | null, hidden: boolean): boolean => {
      if (total === null) return !isWhole || sum(counts) > 0
      return hidden ? sum(counts) <= total : sum(counts) === total
    }
    const open = (r: number, c: number): boolean =>
      shown.counts[r]?.[c] === null && guess[r]?.[c] === 0
    return (
      rows.every((_, r) =>
        within(
          guess[r] ?? [],
          shown.rowTotals[r] ?? null,
          columns.some((__, c) => open(r, c)),
        ),
      ) &&
      columns.every((_, c) =>
        within(
          guess.map((row) => row[c] ?? 0),
          shown.columnTotals[c] ?? null,
          rows.some((__, r) => open(r, c)),
        ),
      ) &&
      (!isWhole || shown.total === null || sum(guess.flat()) === shown.total)
    )
  }
  const search = (index: number): boolean => {
    const cell = cells[index]
    if (cell === undefined) return fits(true) && isEnough(guess)
    const row = guess[cell[0]]
    if (row === undefined) return false
    for (let value = 1; value <= most; value += 1) {
      row[cell[1]] = value
      if (fits(false) && search(index + 1)) return true
    }
    row[cell[1]] = 0
    return false
  }
  return search(0)
}

t.test(
  'for each hidden count under k, what is shown also fits a table where it is k or more',
  async (t) => {
    const k = 3
    fc.assert(
      fc.property(tables(7, 3, 3), (counts) => {
        const shown = suppress(tableOf(counts), k)
        for (const [r, row] of counts.entries()) {
          for (const [c, count] of row.entries()) {
            const isShown = shown.counts[r]?.[c] !== null
            if (isShown && count > 0 && count < k) return false
            if (isShown || count >= k) continue
            if (!couldBe(shown, (guess) => (guess[r]?.[c] ?? 0) >= k, 12)) return false
          }
          const total = sum(row)
          if (shown.rowTotals[r] !== null || total >= k) continue
          if (!couldBe(shown, (guess) => sum(guess[r] ?? []) >= k, 12)) return false
        }
        return true
      }),
      { numRuns: 400, seed: 5 },
    )
    t.pass('400 tables, each count of each searched')
  },
)

/** Whether a hidden cell follows from the sums alone: its unit vector lies in the span of the lines. */
const isDetermined = (shown: ShownTable, row: number, column: number): boolean => {
  const cells = shown.counts.flatMap((each, r) =>
    each.flatMap((count, c) => (count === null ? [`${r}/${c}`] : [])),
  )
  const line = (isIn: (r: number, c: number) => boolean): number[] =>
    cells.map((cell) => {
      const [r = 0, c = 0] = cell.split('/').map(Number)
      return isIn(r, c) ? 1 : 0
    })
  const lines = [
    ...shown.rows.flatMap((_, r) => (shown.rowTotals[r] === null ? [] : [line((x) => x === r)])),
    ...shown.columns.flatMap((_, c) =>
      shown.columnTotals[c] === null ? [] : [line((__, y) => y === c)],
    ),
    ...(shown.total === null ? [] : [line(() => true)]),
  ]
  const rank = (matrix: number[][]): number => {
    const left = matrix.map((each) => [...each])
    let found = 0
    for (let c = 0; c < cells.length; c += 1) {
      const pivot = left.findIndex((each, index) => index >= found && Math.abs(each[c] ?? 0) > 1e-9)
      if (pivot < 0) continue
      const [taken = []] = left.splice(pivot, 1)
      left.splice(found, 0, taken)
      for (const each of left.slice(found + 1)) {
        const factor = (each[c] ?? 0) / (taken[c] ?? 1)
        for (let x = c; x < cells.length; x += 1)
          each[x] = (each[x] ?? 0) - factor * (taken[x] ?? 0)
      }
      found += 1
    }
    return found
  }
  return rank([...lines, line((r, c) => r === row && c === column)]) === rank(lines)
}

t.test(
  'at k = 10 no sum gives a hidden count away, and no difference of two is under k',
  async (t) => {
    const k = 10
    fc.assert(
      fc.property(tables(40, 7, 9), (counts) => {
        const shown = suppress(tableOf(counts), k)
        for (const [r, row] of counts.entries()) {
          const hidden = row.filter((_, c) => shown.counts[r]?.[c] === null)
          if (shown.rowTotals[r] !== null && hidden.length > 0 && sum(hidden) < k) return false
          for (const [c, count] of row.entries()) {
            const isHidden = shown.counts[r]?.[c] === null
            if (!isHidden && shown.counts[r]?.[c] !== count) return false
            if (count > 0 && count < k && (!isHidden || isDetermined(shown, r, c))) return false
          }
        }
        for (const c of shown.columns.keys()) {
          const hidden = counts
            .filter((_, r) => shown.counts[r]?.[c] === null)
            .map((row) => row[c] ?? 0)
          if (shown.columnTotals[c] !== null && hidden.length > 0 && sum(hidden) < k) return false
        }
        return true
      }),
      { numRuns: 400, seed: 6 },
    )
    t.pass('400 tables')
  },
)

t.test('what needs no hiding is shown; small rows become one', async (t) => {
  const large = suppress(
    tableOf([
      [10, 0],
      [25, 11],
    ]),
    10,
  )
  t.same(large.counts, [
    [10, 0],
    [25, 11],
  ])
  t.same([large.rowTotals, large.columnTotals, large.total], [[10, 36], [35, 11], 46])
  const one = suppress(tableOf([[3, 40, 60]]), 10)
  t.same(one.counts, [[null, null, 60]], 'a second one goes with it, the smallest')
  t.equal(one.total, 103)
  t.same(suppress(tableOf([[2]]), 10).total, null, 'nor does a total alone')
  const pooled = poolSmallRows(
    tableOf([
      [4, 1],
      [30, 2],
      [0, 3],
      [0, 0],
    ]),
    10,
  )
  t.same(pooled, {
    rows: ['r1', 'other'],
    columns: ['c0', 'c1'],
    counts: [
      [30, 2],
      [4, 4],
    ],
  })
})
