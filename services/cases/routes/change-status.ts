import { and, eq, inArray } from 'drizzle-orm'
import { Type } from 'typebox'
import { CaseRecord } from '../../../src/contracts/case.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { CaseStatus } from '../../../src/contracts/pathway.ts'
import type { Tx } from '../../../src/db.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { pathway } from '../pathway-tables.ts'
import { caseRecord, readRecord, stage } from '../tables.ts'
import { withGaps } from '../watch-gaps.ts'
import { openGapsOf } from '../worklist.ts'

const REASON = {
  id: 'Sebutkan alasan bila kasus ditutup; hanya saat itu.',
  en: 'Give a reason when a case is closed, and only then.',
}

/** Help that reached its goals leaves no gap and nothing needed; nobody else is kept open. */
const refuseUnfinished = async (tx: Tx, id: string): Promise<void> => {
  const gaps = await openGapsOf(tx, [id])
  const unfinished = await tx
    .select({ stage: stage.stage })
    .from(stage)
    .where(and(eq(stage.case_id, id), inArray(stage.state, ['needed', 'referred', 'in_service'])))
  if (gaps.length === 0 && unfinished.length === 0) return
  throw new Problem('pathway_unfinished', {
    members: {
      gaps: gaps.map(({ rule }) => rule),
      stages: unfinished.map((row) => row.stage),
    },
  })
}

export const changeStatus: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/status',
    {
      config: { authority: 'case.write' },
      schema: {
        summary:
          'Close a case, with a reason, or open it again; checks follow after 30, 90, 180 days',
        tags: ['pathway'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: CaseStatus,
        response: { 200: CaseRecord },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { status: wanted, reason, version } = request.body
      if ((wanted === 'closed') !== (reason !== undefined)) {
        throw new Problem('invalid_request', { errors: [{ field: 'reason', message: REASON }] })
      }
      const now = ctx.now()
      const { status, body } = await once(ctx, request, async (tx) => {
        const current = await ownCase(tx, request, 'case.write', id)
        const changed = await withGaps(tx, id, now, async () => {
          if (current.version !== version || current.status === wanted) {
            const { version: latest, status: state } = current
            throw new Problem('version_conflict', { members: { version: latest, state } })
          }
          if (reason === 'goals_met') await refuseUnfinished(tx, id)
          const [row] = await tx
            .update(caseRecord)
            .set({ status: wanted, version: version + 1, changed_at: now })
            .where(and(eq(caseRecord.id, id), eq(caseRecord.version, version)))
            .returning()
          if (row === undefined) throw new Problem('not_found')
          const closedAt = wanted === 'closed' ? now : null
          await tx
            .update(pathway)
            .set({ closed_at: closedAt, close_reason: reason ?? null })
            .where(eq(pathway.case_id, id))
          return row
        })
        await append(tx, request.actor, {
          type: wanted === 'closed' ? 'cases.case.closed.v1' : 'cases.case.reopened.v1',
          subject: id,
          object: id,
          ...(reason === undefined ? {} : { reason }),
          data: { version: changed.version },
        })
        return { status: 200, body: readRecord(changed) }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
