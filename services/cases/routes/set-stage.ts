import { Type } from 'typebox'
import { StageRead, StageSetting } from '../../../src/contracts/case.ts'
import { Id, oneOf, STAGES } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { putStages, refuseInHand, settingErrors, stageRow } from '../stage-setting.ts'
import { readStage } from '../tables.ts'
import { withGaps } from '../watch-gaps.ts'

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
      const now = ctx.now()
      const errors = settingErrors(request.body, now)
      if (errors.length > 0) throw new Problem('invalid_request', { errors })
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const row = stageRow(id, name, request.body, request.actor.id, now)
        const [set] = await withGaps(tx, id, now, async () => {
          await refuseInHand(tx, id, [name])
          return await putStages(tx, [row])
        })
        if (set === undefined) throw new Error('a stage was not set')
        await append(tx, request.actor, {
          type: 'cases.stage.set.v1',
          subject: id,
          object: id,
          purpose: name,
          ...(row.reason == null ? {} : { reason: row.reason }),
          data: { state: row.state },
        })
        return { status: 200, body: readStage(set) }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
