import { GAP_RULES, type GapSetting } from '../../src/contracts/gaps.ts'
import type { Tx } from '../../src/db.ts'
import { DEFAULT_SETTINGS, type RuleSettings } from './gap-rules.ts'
import { gapSetting } from './pathway-tables.ts'

/** How each rule is set: as this hub did, else as it comes. A rule that comes as it is has version 1. */
export const readSettings = async (tx: Tx): Promise<GapSetting[]> => {
  const rows = await tx.select().from(gapSetting)
  const known = new Map(rows.map((row) => [row.rule, row]))
  return GAP_RULES.map((rule) => {
    const own = known.get(rule)
    if (own !== undefined) {
      const { amounts, severity, is_on, version } = own
      return { rule, amounts, severity, is_on, version }
    }
    const { amounts, severity, isOn } = DEFAULT_SETTINGS[rule]
    return { rule, amounts: [...amounts], severity, is_on: isOn, version: 1 }
  })
}

/** The same, as the rules take it. */
export const settingsOf = (rows: readonly GapSetting[]): RuleSettings =>
  Object.fromEntries(
    rows.map(({ rule, amounts, severity, is_on: isOn }) => [rule, { amounts, severity, isOn }]),
  ) as unknown as RuleSettings
