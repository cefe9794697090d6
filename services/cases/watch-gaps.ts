import { sql } from 'drizzle-orm'
import type { Tx } from '../../src/db.ts'
import { evaluate, keyOfGap, type PathwaySnapshot } from './gap-rules.ts'
import { readSettings, settingsOf } from './gap-settings.ts'

interface FactsRow extends Record<string, unknown> {
  readonly case_id: string
  readonly evaluated_at: string
  readonly facts: PathwaySnapshot
}

interface Look {
  readonly cases: readonly string[]
  /** What the rules know by now. */
  readonly at: Date
  /** `clock`: nothing changed, a gap opened when it came due. `change`: it opened at `at`. */
  readonly after: 'clock' | 'change'
  /** Leaves alone those cases that are not due by `at`. */
  readonly onlyDue: boolean
}

const BATCH = 200
/** Most batches in one transaction; the next turn goes on. */
const BATCHES = 25

const uuids = (ids: readonly string[]): string => `{${ids.join(',')}}`

/** Evaluates the rules over cases that the caller holds, and writes down what they find. */
const look = async (tx: Tx, { cases, at, after, onlyDue }: Look): Promise<void> => {
  const due = onlyDue ? at.toISOString() : null
  const rows = await tx.execute<FactsRow>(
    sql`select * from cases.pathway_facts(${uuids(cases)}::uuid[], ${due}::timestamptz)`,
  )
  if (rows.length === 0) return
  const settings = settingsOf(await readSettings(tx))
  const found = rows.map((row) => {
    const before = Number(row.evaluated_at)
    const now = Math.max(at.getTime(), before)
    const { gaps, dueAt } = evaluate(row.facts, now, settings)
    const written = gaps.map((gap) => ({
      ...gap,
      key: keyOfGap(gap),
      severity: settings[gap.rule].severity,
    }))
    const floor = after === 'change' ? now : before
    return { case: row.case_id, at: now, floor, due_at: dueAt, gaps: written }
  })
  await tx.execute(sql`select cases.apply_gaps(${JSON.stringify(found)}::text::jsonb)`)
}

/**
 * Makes a change to a case, with the gaps that were due before it and those that follow from it, in the
 * caller's transaction. The caller MUST hold the case.
 */
export const withGaps = async <T>(
  tx: Tx,
  caseId: string,
  at: Date,
  change: () => Promise<T>,
): Promise<T> => {
  await look(tx, { cases: [caseId], at, after: 'clock', onlyDue: true })
  const made = await change()
  await look(tx, { cases: [caseId], at, after: 'change', onlyDue: false })
  return made
}

/**
 * Looks at every case that is due by then; exact also after a pause, since a gap is dated to when it
 * came due. Resolves with how many cases were looked at.
 */
export const lookAtDueCases = async (tx: Tx, until: Date): Promise<number> => {
  let looked = 0
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const due = await tx.execute<{ case_id: string }>(
      sql`select case_id from cases.due_cases(${until.toISOString()}::timestamptz, ${BATCH})`,
    )
    if (due.length === 0) break
    const cases = due.map((row) => row.case_id)
    await look(tx, { cases, at: until, after: 'clock', onlyDue: true })
    looked += cases.length
  }
  return looked
}
