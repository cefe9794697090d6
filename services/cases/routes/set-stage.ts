import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { StageRead, StageSetting } from '../../../src/contracts/case.ts'
import { Id, oneOf, STAGES } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { settingErrors, stageRow } from '../stage-setting.ts'
import { stage } from '../tables.ts'

export const setStage: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/stages/:stage',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Set of a stage what no event can know: whether it is needed, or was declined',
        tags: ['cases'],
        params: Type.Object({ id: Id, stage: oneOf(STAGES) }, { additionalProperties: false }),
        body: StageSetting,
        response: { 200: StageRead },
      },
    },
    async (request, reply) => {
      const { id, stage: name } = request.params
      const errors = settingErrors(request.body, new Date())
      if (errors.length > 0) throw new Problem('invalid_request', { errors })
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const [current] = await tx
          .select()
          .from(stage)
          .where(and(eq(stage.case_id, id), eq(stage.stage, name)))
        if (current?.state === 'referred' || current?.state === 'in_service') {
          throw new Problem('stage_in_hand', { members: { state: current.state } })
        }
        const row = stageRow(id, name, request.body, request.actor.id)
        const { case_id: _case, stage: _stage, ...fields } = row
        await tx
          .insert(stage)
          .values(row)
          .onConflictDoUpdate({ target: [stage.case_id, stage.stage], set: fields })
        await append(tx, request.actor, {
          type: 'cases.stage.set.v1',
          subject: id,
          object: id,
          purpose: name,
          ...(row.reason == null ? {} : { reason: row.reason }),
          data: { state: row.state },
        })
        const changedAt = (row.changed_at ?? new Date()).toISOString()
        const { reason = null, ask_again_on = null } = row
        const read = { stage: name, state: row.state, reason, ask_again_on, set_by: row.set_by }
        return { status: 200, body: { ...read, changed_at: changedAt } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
