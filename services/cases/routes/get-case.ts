import { Type } from 'typebox'
import { CaseRead } from '../../../src/contracts/case.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { caseById, readCase } from '../tables.ts'

export const getCase: Route = (app, ctx) => {
  app.get(
    '/v1/cases/:id',
    {
      config: { authority: 'case.read' },
      schema: {
        summary: 'One case: its stages, and which categories hold data; no content',
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: CaseRead },
      },
    },
    async (request) => {
      const { id } = request.params
      return await ctx.db.withActor(request.actor, async (tx) => {
        const row = await caseById(tx, id)
        const owner = row?.owner ?? null
        authorize(request, 'case.read', { kind: 'owned', owner }, { object: id })
        if (row === null) throw new Problem('not_found')
        return await readCase(tx, row)
      })
    },
  )
}
