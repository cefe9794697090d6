import { NewPerson, PersonRead } from '../../../src/contracts/identity.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { addPerson } from '../people.ts'

/** People of the hub itself, and the first of an agency, come by a proposal. */
export const addPersonRoute: Route = (app, ctx) => {
  app.post(
    '/v1/identity/people',
    {
      config: { authority: 'people.write' },
      schema: {
        summary: 'Add a person to your agency; then make an invitation',
        tags: ['identity'],
        body: NewPerson,
        response: { 201: PersonRead },
      },
    },
    async (request, reply) => {
      const { agency } = request.actor
      if (agency === null) {
        throw new Problem('not_permitted', {
          params: { reason: 'proposal' },
          refused: { outcome: 'refused', reason: 'role' },
        })
      }
      const { status, body } = await once(ctx, request, async (tx) => {
        const { language = 'id', ...fields } = request.body
        const person = await addPerson(tx, request, { id: newId(), agency, language, ...fields })
        return { status: 201, body: person }
      })
      return reply.code(status as 201).send(body)
    },
  )
}
