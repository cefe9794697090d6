import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { doNotSend } from '../tables.ts'

export const blockAgency: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/do-not-send/:agency',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Never send this case to an agency; that agency does not learn of it',
        tags: ['cases'],
        params: Type.Object({ id: Id, agency: Id }, { additionalProperties: false }),
        response: {
          200: Type.Object(
            { agency: Id, blocked: Type.Boolean() },
            { additionalProperties: false },
          ),
        },
      },
    },
    async (request, reply) => {
      const { id, agency } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const added = await tx
          .insert(doNotSend)
          .values({ case_id: id, agency, set_by: request.actor.id })
          .onConflictDoNothing()
          .returning()
        if (added.length > 0) {
          await append(tx, request.actor, {
            type: 'cases.do_not_send.changed.v1',
            subject: id,
            object: id,
            data: { agency, blocked: true },
          })
        }
        return { status: 200, body: { agency, blocked: true } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
