import { and, asc, desc, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { Purpose } from '../../src/contracts/codes.ts'
import type { GapRead, GapRule, Severity } from '../../src/contracts/gaps.ts'
import type { Tx } from '../../src/db.ts'
import { readGap } from './gap-texts.ts'
import { gap, pathway } from './pathway-tables.ts'
import { caseRecord } from './tables.ts'

export interface WorklistAsked {
  readonly owner: string
  /** Only cases that this person took charge of. */
  readonly manager?: string | undefined
  readonly rule?: GapRule | undefined
  readonly severity?: Severity | undefined
  readonly stage?: Purpose | undefined
}

/** The sort key of the last gap given: severity's rank, opened at, id. */
export type WorklistPlace = readonly [rank: number, openedAt: string, id: string]

const whereOf = (asked: WorklistAsked): SQL[] => {
  const where: SQL[] = [eq(gap.owner, asked.owner), isNull(gap.closed_at)]
  if (asked.rule !== undefined) where.push(eq(gap.rule, asked.rule))
  if (asked.severity !== undefined) where.push(eq(gap.severity, asked.severity))
  if (asked.stage !== undefined) where.push(eq(gap.stage, asked.stage))
  if (asked.manager !== undefined) {
    where.push(
      sql`exists (select from ${pathway} where ${pathway.case_id} = ${gap.case_id}
        and ${pathway.manager} = ${asked.manager})`,
    )
  }
  return where
}

/** Open gaps of one agency's cases, the gravest first and of these the oldest. */
export const worklist = async (
  tx: Tx,
  asked: WorklistAsked,
  after: WorklistPlace | null,
  limit: number,
): Promise<{ readonly read: GapRead; readonly place: WorklistPlace }[]> => {
  const where = whereOf(asked)
  if (after !== null) {
    const [rank, openedAt, id] = after
    where.push(
      sql`(${gap.rank} < ${rank} or (${gap.rank} = ${rank}
        and (${gap.opened_at}, ${gap.id}) > (${openedAt}::timestamptz, ${id}::uuid)))`,
    )
  }
  const rows = await tx
    .select({ gap, reference: caseRecord.reference })
    .from(gap)
    .innerJoin(caseRecord, eq(caseRecord.id, gap.case_id))
    .where(and(...where))
    .orderBy(desc(gap.rank), asc(gap.opened_at), asc(gap.id))
    .limit(limit)
  return rows.map(({ gap: row, reference }) => ({
    read: readGap(row, reference),
    place: [row.rank, row.opened_at.toISOString(), row.id],
  }))
}

/** How many open gaps there are in the whole list, by severity. */
export const worklistCounts = async (
  tx: Tx,
  asked: WorklistAsked,
): Promise<Record<Severity, number>> => {
  const rows = await tx
    .select({ severity: gap.severity, count: sql<number>`count(*)::int` })
    .from(gap)
    .where(and(...whereOf(asked)))
    .groupBy(gap.severity)
  const of = (severity: Severity): number =>
    rows.find((row) => row.severity === severity)?.count ?? 0
  return { high: of('high'), medium: of('medium'), low: of('low') }
}

/** Open gaps of some cases, by case. */
export const openGapsOf = async (tx: Tx, cases: readonly string[]): Promise<GapRead[]> => {
  const rows = await tx
    .select({ gap, reference: caseRecord.reference })
    .from(gap)
    .innerJoin(caseRecord, eq(caseRecord.id, gap.case_id))
    .where(and(inArray(gap.case_id, [...cases]), isNull(gap.closed_at)))
    .orderBy(desc(gap.rank), asc(gap.opened_at), asc(gap.id))
  return rows.map(({ gap: row, reference }) => readGap(row, reference))
}
