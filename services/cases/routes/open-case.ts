import { CaseRead, NewCase } from '../../../src/contracts/case.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { insertCase } from '../insert-case.ts'
import { stageListErrors, stageRow } from '../stage-setting.ts'
import { readCase, stage } from '../tables.ts'

export const openCase: Route = (app, ctx) => {
  app.post(
    '/v1/cases',
    {
      config: { authority: 'case.open' },
      schema: {
        summary: 'Open a pseudonymous case',
        tags: ['cases'],
        body: NewCase,
        response: { 201: CaseRead },
      },
    },
    async (request, reply) => {
      const { actor, body: asked } = request
      const owner = actor.agency
      authorize(request, 'case.open', { kind: 'owned', owner })
      const stages = asked.stages ?? []
      const now = ctx.now()
      const errors = stageListErrors(stages, now)
      if (errors.length > 0) throw new Problem('invalid_request', { errors })
      const { status, body } = await once(ctx, request, async (tx) => {
        if (owner === null) throw new Problem('not_found')
        const row = await insertCase(tx, asked, { owner, actor, now })
        if (stages.length > 0) {
          const rows = stages.map((each) => stageRow(row.id, each.stage, each, actor.id, now))
          await tx.insert(stage).values(rows)
        }
        await append(tx, actor, {
          type: 'cases.case.opened.v1',
          subject: row.id,
          object: row.id,
          data: {
            version: row.version,
            needed: stages.filter((each) => each.state === 'needed').map((each) => each.stage),
          },
        })
        return { status: 201, body: await readCase(tx, row) }
      })
      return reply.code(status as 201).send(body)
    },
  )
}
