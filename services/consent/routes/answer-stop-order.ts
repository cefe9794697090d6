import { and, eq, isNull } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { StopAnswer, StopOrderRead } from '../../../src/contracts/consent.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { onRecord } from '../refusal.ts'
import { readStopOrder, stopOrder } from '../tables.ts'

const REFERENCE = {
  id: 'Sebut dasar hukumnya bila data harus disimpan (retained_by_law); hanya saat itu.',
  en: 'Name the law when data must be kept (retained_by_law), and only then.',
}

export const answerStopOrder: Route = (app, ctx) => {
  app.post(
    '/v1/stop-orders/:id/answer',
    {
      config: { authority: 'stop_order.confirm' },
      schema: {
        summary: 'Confirm, once, that this agency has stopped',
        tags: ['consent'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: StopAnswer,
        response: { 200: StopOrderRead },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { answer, legal_reference: reference } = request.body
      const attempt = { object: id, data: { verb: 'answer', answer } }
      const { status, body } = await onRecord(attempt, () => {
        if ((answer === 'retained_by_law') !== (reference !== undefined)) {
          const errors = [{ field: 'legal_reference', message: REFERENCE }]
          throw new Problem('invalid_request', { errors })
        }
        return once(ctx, request, async (tx) => {
          const { actor } = request
          const [order] = await tx.select().from(stopOrder).where(eq(stopOrder.id, id))
          const owner = order?.holder ?? null
          authorize(request, 'stop_order.confirm', { kind: 'owned', owner }, attempt)
          if (order === undefined) throw new Problem('not_found')
          const now = ctx.now()
          const [answered] = await tx
            .update(stopOrder)
            .set({
              answer,
              legal_reference: reference ?? null,
              answered_by: actor.id,
              answered_at: now,
            })
            .where(and(eq(stopOrder.id, id), isNull(stopOrder.answer)))
            .returning()
          if (answered === undefined) throw new Problem('stop_order_answered')
          await append(tx, actor, {
            type: 'consent.stop_order.confirmed.v1',
            concerned: [order.owner],
            subject: order.case,
            object: id,
            categories: order.categories,
            data: { answer, referral: order.referral },
          })
          return { status: 200, body: readStopOrder(answered, now) }
        })
      })
      return reply.code(status as 200).send(body)
    },
  )
}
