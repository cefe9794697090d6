import { sql } from 'drizzle-orm'
import { DateTime } from 'luxon'
import {
  NETWORK_K,
  NETWORK_TABLE_NAMES,
  NETWORK_TABLES,
  type NetworkTable,
  type NetworkView,
} from '../../src/contracts/network.ts'
import type { Tx } from '../../src/db.ts'
import { Problem } from '../../src/problem.ts'
import { poolSmallRows, suppress, type CountTable } from './suppress.ts'

interface CountRow extends Record<string, unknown> {
  readonly tab: NetworkTable
  readonly row: string
  readonly column: string
  readonly cases: number
}
interface TimeRow extends Record<string, unknown> {
  readonly step: NetworkView['times'][number]['step']
  readonly cases: number
  readonly median_hours: number
  readonly p90_hours: number
}

const ZONE = 'Asia/Jakarta'
/** What is heard late is still counted. */
const SETTLED_HOURS = 24

/** The quarter that ended last and has settled. */
const lastQuarter = (now: Date): string => {
  const at = DateTime.fromJSDate(now, { zone: ZONE }).minus({ hours: SETTLED_HOURS, quarters: 1 })
  return `${at.year}-Q${at.quarter}`
}

export interface Period {
  readonly name: string
  readonly from: DateTime
  readonly to: DateTime
}

/**
 * Only whole quarters that are over can be asked for: periods that overlap, or one that still grows,
 * could be differenced. @throws Problem period_not_over
 */
export const periodOf = (asked: string | undefined, now: Date): Period => {
  const name = asked ?? lastQuarter(now)
  const [year, quarter] = name.split('-Q').map(Number)
  const from = DateTime.fromObject(
    { year: year ?? 0, month: ((quarter ?? 1) - 1) * 3 + 1 },
    { zone: ZONE },
  )
  const to = from.plus({ quarters: 1 })
  const settled = to.plus({ hours: SETTLED_HOURS })
  if (settled.toMillis() > now.getTime()) {
    throw new Problem('period_not_over', { params: { from: settled.toISODate() ?? '' } })
  }
  return { name, from, to }
}

const tableOf = (name: NetworkTable, all: readonly CountRow[]): CountTable => {
  const rows = all.filter((row) => row.tab === name)
  const fixed = NETWORK_TABLES[name]
  const keys = fixed.rows ?? [...new Set(rows.map((row) => row.row))].toSorted()
  const count = (key: string, column: string): number =>
    rows.find((row) => row.row === key && row.column === column)?.cases ?? 0
  const table = {
    rows: keys,
    columns: fixed.columns,
    counts: keys.map((key) => fixed.columns.map((column) => count(key, column))),
  }
  return fixed.rows === null ? poolSmallRows(table, NETWORK_K) : table
}

/** Counts of the whole network in one period, with the small ones suppressed. */
export const readNetworkView = async (tx: Tx, period: Period): Promise<NetworkView> => {
  const [from, to] = [period.from.toJSDate().toISOString(), period.to.toJSDate().toISOString()]
  const counts = await tx.execute<CountRow>(
    sql`select * from cases.network_counts(${from}::timestamptz, ${to}::timestamptz)`,
  )
  const times = await tx.execute<TimeRow>(
    sql`select * from cases.network_times(${from}::timestamptz, ${to}::timestamptz)`,
  )
  const raw = new Map(NETWORK_TABLE_NAMES.map((name) => [name, tableOf(name, counts)]))
  const agencies = raw.get('agencies')
  return {
    period: period.name,
    from,
    to,
    k: NETWORK_K,
    tables: [...raw].map(([name, table]) => {
      const shown = suppress(table, NETWORK_K)
      return {
        name,
        columns: [...shown.columns],
        rows: shown.rows.map((key, index) => ({
          key,
          counts: [...(shown.counts[index] ?? [])],
          total: shown.rowTotals[index] ?? null,
        })),
        column_totals: [...shown.columnTotals],
        total: shown.total,
      }
    }),
    times: NETWORK_TABLES.steps.rows.map((step) => {
      const row = times.find((each) => each.step === step)
      const isLarge = row !== undefined && row.cases >= NETWORK_K
      return {
        step,
        median_hours: isLarge ? row.median_hours : null,
        p90_hours: isLarge ? row.p90_hours : null,
      }
    }),
    silent: (agencies?.rows ?? []).filter(
      (key, index) => key !== 'other' && agencies?.counts[index]?.[0] === 0,
    ),
  }
}

const cell = (value: string | number | null): string => (value === null ? '*' : String(value))

/** The same as CSV (RFC 4180), a line for each count; `*` is suppressed. Holds codes and numbers alone. */
export const networkCsv = (view: NetworkView): string => {
  const lines = view.tables.flatMap(({ name, columns, rows, column_totals: totals, total }) => [
    ...rows.flatMap((row) => [
      ...columns.map((column, index) => [name, row.key, column, row.counts[index] ?? null]),
      [name, row.key, 'total', row.total],
    ]),
    ...columns.map((column, index) => [name, 'total', column, totals[index] ?? null]),
    [name, 'total', 'total', total],
  ])
  const times = view.times.flatMap((row) => [
    ['times', row.step, 'median_hours', row.median_hours],
    ['times', row.step, 'p90_hours', row.p90_hours],
  ])
  return [['table', 'row', 'column', `cases_${view.period}`], ...lines, ...times]
    .map((line) => `${line.map(cell).join(',')}\r\n`)
    .join('')
}
