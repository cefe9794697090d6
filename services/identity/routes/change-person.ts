import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { ChangedPerson, PersonRead } from '../../../src/contracts/identity.ts'
import { once } from '../../../src/idempotency.ts'
import type { Route } from '../../../src/service.ts'
import { changePerson, demandPerson } from '../people.ts'

export const changePersonRoute: Route = (app, ctx) => {
  app.put(
    '/v1/identity/people/:id',
    {
      config: { authority: 'people.write' },
      schema: {
        summary: 'Change a person, or (`active` false) cut them off at once, everywhere',
        tags: ['identity'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: ChangedPerson,
        response: { 200: PersonRead },
      },
    },
    async (request, reply) => {
      const { status, body } = await once(ctx, request, async (tx) => {
        const person = await demandPerson(tx, request, request.params.id)
        return { status: 200, body: await changePerson(tx, request, person, request.body) }
      })
      ctx.bus.wake('access')
      return reply.code(status as 200).send(body)
    },
  )
}
