import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { AgencyRead } from '../../../src/contracts/directory.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { agencyById, readAgency } from '../tables.ts'

export const getAgency: Route = (app, ctx) => {
  app.get(
    '/v1/directory/agencies/:id',
    {
      config: { authority: 'directory.read' },
      schema: {
        summary: 'One agency, and whether it is open now',
        tags: ['directory'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: AgencyRead },
      },
    },
    async (request) => {
      const row = await ctx.db.withActor(request.actor, (tx) => agencyById(tx, request.params.id))
      if (row === null) throw new Problem('not_found')
      return readAgency(row, new Date())
    },
  )
}
