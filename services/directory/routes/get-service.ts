import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { ServiceRead } from '../../../src/contracts/directory.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readService, serviceById } from '../tables.ts'

export const getService: Route = (app, ctx) => {
  app.get(
    '/v1/directory/services/:id',
    {
      config: { authority: 'directory.read' },
      schema: {
        summary: 'One service, what it can take, and whether it is open now',
        tags: ['directory'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: ServiceRead },
      },
    },
    async (request) => {
      const row = await ctx.db.withActor(request.actor, (tx) => serviceById(tx, request.params.id))
      if (row === null) throw new Problem('not_found')
      return readService(row, new Date())
    },
  )
}
