import { and, asc, desc, eq, lt, sql, type SQL } from 'drizzle-orm'
import { date, integer, pgSchema, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type {
  CaseRead,
  CaseRecord,
  DataHeld,
  ReturnRead,
  RISKS,
  StageRead,
  WISHES,
} from '../../src/contracts/case.ts'
import { STAGES, type AgeBand, type Need, type Stage } from '../../src/contracts/codes.ts'
import type { Tx } from '../../src/db.ts'
import { Problem } from '../../src/problem.ts'
import { returnsOf } from './returns.ts'

const cases = pgSchema('cases')
const instant = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 })

export const caseRecord = cases.table('case_record', {
  id: uuid().primaryKey(),
  reference: text().notNull().unique(),
  owner: uuid().notNull(),
  status: text().$type<'open' | 'closed'>().notNull().default('open'),
  age_band: text().$type<AgeBand>().notNull(),
  district: text(),
  languages: text().array().notNull().default([]),
  needs: text().array().$type<Need[]>().notNull().default([]),
  version: integer().notNull().default(1),
  opened_by: text().notNull(),
  opened_at: instant().notNull().defaultNow(),
  changed_at: instant().notNull().defaultNow(),
} satisfies Record<keyof CaseRecord, unknown>)

export const stage = cases.table(
  'stage',
  {
    case_id: uuid().notNull(),
    stage: text().$type<Stage>().notNull(),
    state: text().$type<StageRead['state']>().notNull(),
    reason: text().$type<StageRead['reason']>(),
    ask_again_on: date({ mode: 'string' }),
    set_by: text().notNull(),
    since: instant().notNull().defaultNow(),
    changed_at: instant().notNull().defaultNow(),
  } satisfies Record<keyof StageRead | 'case_id', unknown>,
  (table) => [primaryKey({ columns: [table.case_id, table.stage] })],
)

export const doNotSend = cases.table(
  'do_not_send',
  {
    case_id: uuid().notNull(),
    agency: uuid().notNull(),
    set_by: text().notNull(),
    at: instant().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.case_id, table.agency] })],
)

type Return = ReturnRead['purpose']
const recorded = {
  id: uuid().primaryKey(),
  case_id: uuid().notNull(),
  purpose: text().$type<Return>().notNull(),
  recorded_by: text().notNull(),
}
export const ownWish = cases.table('own_wish', {
  ...recorded,
  wish: text().$type<(typeof WISHES)[number]>().notNull(),
})
export const riskAssessment = cases.table('risk_assessment', {
  ...recorded,
  risk: text().$type<(typeof RISKS)[number]>().notNull(),
})

export type CaseRow = typeof caseRecord.$inferSelect

export const readRecord = (row: CaseRow): CaseRecord => ({
  ...row,
  opened_at: row.opened_at.toISOString(),
  changed_at: row.changed_at.toISOString(),
})

export const readStage = (row: typeof stage.$inferSelect): StageRead => {
  const { case_id: _of, ...fields } = row
  return {
    ...fields,
    since: row.since.toISOString(),
    changed_at: row.changed_at.toISOString(),
  }
}

export const caseById = async (tx: Tx, id: string): Promise<CaseRow | null> => {
  const [row] = await tx.select().from(caseRecord).where(eq(caseRecord.id, id))
  return row ?? null
}

/** The case, locked until the transaction ends: what follows from events waits. */
export const caseForChange = async (tx: Tx, id: string): Promise<CaseRow | null> => {
  const [row] = await tx.select().from(caseRecord).where(eq(caseRecord.id, id)).for('no key update')
  return row ?? null
}

/** Counts a change of a case that the caller has locked. */
export const nextVersion = async (tx: Tx, id: string): Promise<number> => {
  const [row] = await tx
    .update(caseRecord)
    .set({ version: sql`${caseRecord.version} + 1`, changed_at: new Date() })
    .where(eq(caseRecord.id, id))
    .returning({ version: caseRecord.version })
  if (row === undefined) throw new Problem('not_found')
  return row.version
}

/** Cases of one agency, newest first, older than `before`. */
export const casesOf = (
  tx: Tx,
  owner: string,
  before: string | null,
  limit: number,
): Promise<CaseRow[]> => {
  const where: SQL[] = [eq(caseRecord.owner, owner)]
  if (before !== null) where.push(lt(caseRecord.id, before))
  return tx
    .select()
    .from(caseRecord)
    .where(and(...where))
    .orderBy(desc(caseRecord.id))
    .limit(limit)
}

/** Everything about a case but its content. */
export const readCase = async (tx: Tx, row: CaseRow): Promise<CaseRead> => {
  const stages = await tx.select().from(stage).where(eq(stage.case_id, row.id))
  const held = await tx.execute<DataHeld & Record<string, unknown>>(
    sql`select category, agency, version, at from cases.data_held(${row.id}, ${row.owner})`,
  )
  const blocked = await tx
    .select({ agency: doNotSend.agency })
    .from(doNotSend)
    .where(eq(doNotSend.case_id, row.id))
    .orderBy(asc(doNotSend.agency))
  return {
    ...readRecord(row),
    returns: await returnsOf(tx, row.id),
    stages: stages.map(readStage).sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage)),
    data: held.map((datum) => ({ ...datum, at: new Date(datum.at).toISOString() })),
    do_not_send: blocked.map((entry) => entry.agency),
  }
}
