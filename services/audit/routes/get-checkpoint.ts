import { Type } from 'typebox'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readHead } from '../tree.ts'

export const getCheckpoint: Route = (app, ctx) => {
  app.get(
    '/v1/audit/checkpoint',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'The newest head of the ledger, as a C2SP checkpoint',
        tags: ['audit'],
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      const head = await ctx.db.withActor(request.actor, readHead)
      if (head === null) throw new Problem('unavailable')
      return reply.type('text/plain; charset=utf-8').send(head.note)
    },
  )
}
