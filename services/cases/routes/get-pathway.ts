import { and, asc, desc, eq, sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id, STAGES } from '../../../src/contracts/codes.ts'
import { PathwayRead } from '../../../src/contracts/pathway.ts'
import type { Tx } from '../../../src/db.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { readEntries } from '../entries.ts'
import { checksDue, isCheckDone, type PathwaySnapshot } from '../gap-rules.ts'
import { readSettings, settingsOf } from '../gap-settings.ts'
import { entry, pathway } from '../pathway-tables.ts'
import { caseById, readStage, stage, type CaseRow } from '../tables.ts'
import { openGapsOf } from '../worklist.ts'

const MOST_GOALS = 100

const stagesOf = async (tx: Tx, id: string): Promise<PathwayRead['stages']> => {
  const rows = await tx.select().from(stage).where(eq(stage.case_id, id))
  const known = new Map(rows.map((row) => [row.stage, readStage(row)]))
  const nothing = { reason: null, ask_again_on: null, set_by: null, since: null, changed_at: null }
  return STAGES.map((name) => known.get(name) ?? { stage: name, state: 'not_assessed', ...nothing })
}

const monitoringOf = async (tx: Tx, id: string): Promise<PathwayRead['monitoring']> => {
  const [row] = await tx.execute<{ facts: PathwaySnapshot }>(
    sql`select facts from cases.pathway_facts(${`{${id}}`}::uuid[], null)`,
  )
  const facts = row?.facts
  if (facts === undefined || facts.isDeceased) return []
  const { monitoring_overdue: rule } = settingsOf(await readSettings(tx))
  return checksDue(facts.closings, rule.amounts).map((check) => ({
    closed_at: new Date(check.closing).toISOString(),
    days: check.days,
    due_at: new Date(check.due).toISOString(),
    done: isCheckDone(check, facts.visits),
  }))
}

const readPathway = async (tx: Tx, row: CaseRow): Promise<PathwayRead> => {
  const { id, reference, status, owner } = row
  const [own] = await tx.select().from(pathway).where(eq(pathway.case_id, id))
  const goals = await tx
    .select()
    .from(entry)
    .where(and(eq(entry.case_id, id), eq(entry.kind, 'goal'), eq(entry.state, 'open')))
    .orderBy(asc(entry.due_on), asc(entry.id))
    .limit(MOST_GOALS)
  const latest = await tx
    .selectDistinctOn([entry.kind])
    .from(entry)
    .where(and(eq(entry.case_id, id), sql`${entry.kind} <> 'goal'`))
    .orderBy(entry.kind, desc(entry.happened_at), desc(entry.id))
  return {
    case: id,
    reference,
    status,
    closed_at: own?.closed_at?.toISOString() ?? null,
    close_reason: (own?.close_reason ?? null) as PathwayRead['close_reason'],
    manager: own?.manager ?? null,
    stages: await stagesOf(tx, id),
    goals: await readEntries(tx, goals, owner),
    latest: await readEntries(tx, latest, owner),
    monitoring: await monitoringOf(tx, id),
    gaps: await openGapsOf(tx, [id]),
  }
}

export const getPathway: Route = (app, ctx) => {
  app.get(
    '/v1/cases/:id/pathway',
    {
      config: { authority: 'case.read' },
      schema: {
        summary: 'The pathway of one case: eleven stages, plan, checks after closing, open gaps',
        tags: ['pathway'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: PathwayRead },
      },
    },
    async (request) => {
      const { id } = request.params
      return await ctx.db.withActor(request.actor, async (tx) => {
        const row = await caseById(tx, id)
        const owner = row?.owner ?? null
        authorize(request, 'case.read', { kind: 'owned', owner }, { object: id })
        if (row === null) throw new Problem('not_found')
        return await readPathway(tx, row)
      })
    },
  )
}
