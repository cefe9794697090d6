import { DateTime } from 'luxon'
import type { NetworkTable, NetworkView } from '../../src/contracts/network.ts'
import type { Key } from './parts/words.ts'
import type { SignedVisit } from './visit.ts'
import { HUB_ZONE } from './when.ts'

type Table = NetworkView['tables'][number]

export interface NetworkRow {
  readonly name: string
  /** Null: suppressed. */
  readonly counts: readonly (number | null)[]
  readonly total: number | null
}

export interface NetworkTableSight {
  readonly name: NetworkTable
  readonly columns: readonly string[]
  readonly rows: readonly NetworkRow[]
  readonly columnTotals: readonly (number | null)[]
  readonly total: number | null
}

export interface NetworkSight {
  readonly view: NetworkView
  readonly tables: readonly NetworkTableSight[]
  readonly silent: readonly string[]
  readonly quarters: readonly string[]
}

/** Which words name the rows and columns of a table; null: a row is a province or an agency. */
const WORDS: Readonly<Record<NetworkTable, { rows: string | null; columns: string }>> = {
  steps: { rows: 'network.step', columns: 'network.band' },
  declined: { rows: 'reason', columns: 'network.column' },
  stages: { rows: 'purpose', columns: 'network.reached' },
  gaps: { rows: null, columns: 'rule' },
  agencies: { rows: null, columns: 'network.answer' },
}

const rowName = async (visit: SignedVisit, table: Table, key: string): Promise<string> => {
  const { rows } = WORDS[table.name]
  if (rows !== null) return visit.t(`${rows}.${key}` as Key)
  if (key === 'other') return visit.t('network.others')
  return table.name === 'agencies' ? await visit.names.agency(key) : visit.names.area(key)
}

const tableSight = async (visit: SignedVisit, table: Table): Promise<NetworkTableSight> => ({
  name: table.name,
  columns: table.columns.map((code) => visit.t(`${WORDS[table.name].columns}.${code}` as Key)),
  rows: await Promise.all(
    table.rows.map(async ({ key, counts, total }) => ({
      name: await rowName(visit, table, key),
      counts,
      total,
    })),
  ),
  columnTotals: table.column_totals,
  total: table.total,
})

const QUARTERS = 8

/** Quarters to choose from: the newest first, from the one that is shown or that ended last. */
const quartersUpTo = (period: string): readonly string[] => {
  const now = DateTime.now().setZone(HUB_ZONE).minus({ days: 1 })
  const ended = now.minus({ quarters: 1 })
  const all = Array.from({ length: QUARTERS }, (_, back) => ended.minus({ quarters: back })).map(
    (at) => `${at.year}-Q${at.quarter}`,
  )
  return all.includes(period) ? all : [period, ...all]
}

export const networkSight = async (
  visit: SignedVisit,
  view: NetworkView,
): Promise<NetworkSight> => ({
  view,
  tables: await Promise.all(view.tables.map((table) => tableSight(visit, table))),
  silent: await Promise.all(view.silent.map((id) => visit.names.agency(id))),
  quarters: quartersUpTo(view.period),
})
