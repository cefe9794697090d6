/** Counts by row and column; both totals follow. */
export interface CountTable {
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** One list a row. */
  readonly counts: readonly (readonly number[])[]
}

/** What of a table may be shown: null is suppressed. Zero is shown: it is about nobody. */
export interface ShownTable {
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  readonly counts: readonly (readonly (number | null)[])[]
  readonly rowTotals: readonly (number | null)[]
  readonly columnTotals: readonly (number | null)[]
  readonly total: number | null
}

type Grid = readonly (readonly number[])[]

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** The table with its totals as a last row and a last column. */
const withTotals = ({ columns, counts }: CountTable): Grid => {
  const bottom = columns.map((_, column) => sum(counts.map((row) => row[column] ?? 0)))
  return [...counts, bottom].map((row) => [...row, sum(row)])
}

interface Place {
  readonly row: number
  readonly column: number
}

/**
 * A table whose cells are hidden one by one, asked what a reader can conclude who knows every shown
 * number, every sum, and that nothing hidden is zero. A change that keeps all sums goes round in circles
 * over hidden cells, so that the most that a cell can be is a maximum flow (Cox 1980).
 */
class Reader {
  readonly grid: Grid
  readonly hidden: boolean[][]
  constructor(grid: Grid, k: number) {
    this.grid = grid
    this.hidden = grid.map((row) => row.map((count) => count > 0 && count < k))
  }

  places(isWanted: (count: number, isHidden: boolean) => boolean): Place[] {
    return this.grid.flatMap((cells, row) =>
      cells.flatMap((count, column) =>
        isWanted(count, this.hidden[row]?.[column] ?? false) ? [{ row, column }] : [],
      ),
    )
  }
  at({ row, column }: Place): number {
    return this.grid[row]?.[column] ?? 0
  }
  /** A total counts against its line: row and column of the grid each sum to nothing. */
  isTotal({ row, column }: Place): boolean {
    return (row === this.grid.length - 1) !== (column === (this.grid[0]?.length ?? 0) - 1)
  }

  /** In a table of one column or one row a cell and its total are the same number: both are hidden. */
  hide({ row, column }: Place): void {
    const rows = this.grid.length === 2 ? [0, 1] : [row]
    const columns = this.grid[0]?.length === 2 ? [0, 1] : [column]
    for (const each of rows)
      for (const one of columns) {
        const cells = this.hidden[each]
        if (cells !== undefined) cells[one] = true
      }
  }

  /** What hidden cells let flow, between rows (first) and columns, when a cell is to be more. */
  capacity(place: Place, most: number): number[][] {
    const height = this.grid.length
    const size = height + (this.grid[0]?.length ?? 0)
    const isUp = !this.isTotal(place)
    const capacity = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
    for (const each of this.places((_, isHidden) => isHidden)) {
      if (each.row === place.row && each.column === place.column) continue
      const falls = this.at(each) - 1
      const [down, up] = this.isTotal(each) ? [most, falls] : [falls, most]
      const [fromRow, fromColumn] = [capacity[each.row], capacity[height + each.column]]
      if (fromRow !== undefined) fromRow[height + each.column] = isUp ? down : up
      if (fromColumn !== undefined) fromColumn[each.row] = isUp ? up : down
    }
    return capacity
  }
}

/** Augments along shortest paths until `most` is reached. Spends `capacity`. */
const maximumFlow = (capacity: number[][], from: number, to: number, most: number): number => {
  let flow = 0
  while (flow < most) {
    const before = new Map<number, number>([[from, from]])
    const queue = [from]
    for (let node = queue.shift(); node !== undefined && !before.has(to); node = queue.shift()) {
      for (const [next, left] of (capacity[node] ?? []).entries()) {
        if (left <= 0 || before.has(next)) continue
        before.set(next, node)
        queue.push(next)
      }
    }
    if (!before.has(to)) return flow
    const path: [number, number][] = []
    for (let node = to; node !== from; node = before.get(node) ?? from) {
      path.push([before.get(node) ?? from, node])
    }
    const step = Math.min(most - flow, ...path.map(([a, b]) => capacity[a]?.[b] ?? 0))
    for (const [a, b] of path) {
      const [forth, back] = [capacity[a], capacity[b]]
      if (forth !== undefined) forth[b] = (forth[b] ?? 0) - step
      if (back !== undefined) back[a] = (back[a] ?? 0) + step
    }
    flow += step
  }
  return flow
}

/** Totals are hidden when nothing else helps. */
const TOTAL_COST = 1e6

/**
 * Which shown cells to hide so that a cell can be more than what `left` of the flow lets it: those on the
 * cheapest way round, by Dijkstra; hidden ones cost nothing.
 */
const cheapestWay = (reader: Reader, place: Place, left: readonly number[][]): Place[] => {
  const height = reader.grid.length
  const cost = left.map((row) => row.map((capacity) => (capacity > 0 ? 0 : Infinity)))
  for (const each of reader.places((count, isHidden) => count > 0 && !isHidden)) {
    const isEdge = each.row === height - 1 || each.column === (reader.grid[0]?.length ?? 0) - 1
    const price = reader.at(each) + (isEdge ? TOTAL_COST : 0)
    const [fromRow, fromColumn] = [cost[each.row], cost[height + each.column]]
    if (fromRow !== undefined) fromRow[height + each.column] = price
    if (fromColumn !== undefined) fromColumn[each.row] = price
  }
  const far = cost.map((_, node) => (node === place.row ? 0 : Infinity))
  const before = new Map<number, number>()
  const open = new Set(far.keys())
  while (open.size > 0) {
    const node = [...open].reduce((a, b) => ((far[b] ?? Infinity) < (far[a] ?? Infinity) ? b : a))
    open.delete(node)
    for (const next of open) {
      const way = (far[node] ?? Infinity) + (cost[node]?.[next] ?? Infinity)
      if (way >= (far[next] ?? Infinity)) continue
      far[next] = way
      before.set(next, node)
    }
  }
  const way: Place[] = []
  for (let node = height + place.column; node !== place.row;) {
    const from = before.get(node)
    if (from === undefined) return []
    const [row, column] = from < height ? [from, node - height] : [node, from - height]
    if (reader.hidden[row]?.[column] !== true) way.push({ row, column })
    node = from
  }
  return way
}

/**
 * Hides every count from 1 to k - 1, and as many others as keep a reader from computing that a hidden
 * count is below k: for each one, the shown numbers also fit a table in which it is k or more.
 */
export const suppress = (table: CountTable, k: number): ShownTable => {
  const reader = new Reader(withTotals(table), k)
  const small = reader.places((count, isHidden) => isHidden && count < k)
  for (const place of small) {
    for (;;) {
      const most = k - reader.at(place)
      const capacity = reader.capacity(place, most)
      const flow = maximumFlow(capacity, place.row, reader.grid.length + place.column, most)
      if (flow >= most) break
      const way = cheapestWay(reader, place, capacity)
      // No way round among what is not zero: everything goes.
      const hiding =
        way.length > 0 ? way : reader.places((count, isHidden) => count > 0 && !isHidden)
      if (hiding.length === 0) break
      for (const each of hiding) reader.hide(each)
    }
  }
  const shown = reader.grid.map((cells, row) =>
    cells.map((count, column) => (reader.hidden[row]?.[column] === true ? null : count)),
  )
  const bottom = shown.at(-1) ?? []
  return {
    rows: table.rows,
    columns: table.columns,
    counts: shown.slice(0, -1).map((cells) => cells.slice(0, -1)),
    rowTotals: shown.slice(0, -1).map((cells) => cells.at(-1) ?? null),
    columnTotals: bottom.slice(0, -1),
    total: bottom.at(-1) ?? null,
  }
}

/** Rows under k become one, so that not even their names say that somebody is in them. */
export const poolSmallRows = (table: CountTable, k: number): CountTable => {
  const isLarge = table.counts.map((row) => sum(row) >= k)
  const small = table.counts.filter((_, index) => isLarge[index] !== true)
  const rows = table.rows.filter((_, index) => isLarge[index] === true)
  const counts = table.counts.filter((_, index) => isLarge[index] === true)
  if (small.every((row) => sum(row) === 0)) return { rows, columns: table.columns, counts }
  const pooled = table.columns.map((_, column) => sum(small.map((row) => row[column] ?? 0)))
  return { rows: [...rows, 'other'], columns: table.columns, counts: [...counts, pooled] }
}
