import { Type } from 'typebox'
import { CapacityList } from '../../../src/contracts/capacity.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { placesOf } from '../places.ts'
import { serviceById } from '../tables.ts'

export const getCapacity: Route = (app, ctx) => {
  app.get(
    '/v1/directory/services/:id/capacity',
    {
      config: { authority: 'directory.read' },
      schema: {
        summary: 'What a service has left, how old the count is and what it is still worth',
        tags: ['directory'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: CapacityList },
      },
    },
    async (request) => {
      const { id } = request.params
      const items = await ctx.db.withActor(request.actor, async (tx) => {
        if ((await serviceById(tx, id)) === null) throw new Problem('not_found')
        return await placesOf(tx, [id])
      })
      return { items }
    },
  )
}
