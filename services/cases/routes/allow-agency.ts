import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Blocked } from '../../../src/contracts/case.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { doNotSend } from '../tables.ts'

export const allowAgency: Route = (app, ctx) => {
  app.delete(
    '/v1/cases/:id/do-not-send/:agency',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Take an agency off the do-not-send list; consent is still needed to send',
        tags: ['cases'],
        params: Type.Object({ id: Id, agency: Id }, { additionalProperties: false }),
        response: { 200: Blocked },
      },
    },
    async (request, reply) => {
      const { id, agency } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const removed = await tx
          .delete(doNotSend)
          .where(and(eq(doNotSend.case_id, id), eq(doNotSend.agency, agency)))
          .returning()
        if (removed.length > 0) {
          await append(tx, request.actor, {
            type: 'cases.do_not_send.changed.v1',
            subject: id,
            object: id,
            data: { agency, blocked: false },
          })
        }
        return { status: 200, body: { agency, blocked: false, needs_review: [] } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
