import { eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { pathway } from '../pathway-tables.ts'

export const takeCharge: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/manager',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Take charge of a case: its gaps are the caller`s until somebody else takes it',
        tags: ['pathway'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: {
          200: Type.Object({ case: Id, manager: Type.String() }, { additionalProperties: false }),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const manager = request.actor.id
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        await tx.update(pathway).set({ manager }).where(eq(pathway.case_id, id))
        await append(tx, request.actor, {
          type: 'cases.case.taken_charge_of.v1',
          subject: id,
          object: id,
        })
        return { status: 200, body: { case: id, manager } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
