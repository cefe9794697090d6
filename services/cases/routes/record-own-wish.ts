import { Type } from 'typebox'
import { OwnWish, ReturnRecorded } from '../../../src/contracts/case.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { BEFORE_ARRIVAL } from '../../../src/contracts/lifecycle.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { callForReview, returnOf } from '../returns.ts'
import { nextVersion, ownWish } from '../tables.ts'

export const recordOwnWish: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/own-wish',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: "Record the survivor's own wish about a return; the newest counts",
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: OwnWish,
        response: { 200: ReturnRecorded },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { purpose, wish } = request.body
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const by = request.actor.id
        await tx
          .insert(ownWish)
          .values({ id: newId(), case_id: id, purpose, wish, recorded_by: by })
        const version = await nextVersion(tx, id)
        await append(tx, request.actor, {
          type: 'cases.own_wish.recorded.v1',
          subject: id,
          object: id,
          purpose,
          data: { version },
        })
        // What is under way towards a return that she does not want is stopped, and people are told.
        const misfit = {
          case: id,
          purpose,
          recipient: null,
          states: BEFORE_ARRIVAL,
          reason: 'own_wish',
        } as const
        const needs_review =
          wish === 'wants_this' ? [] : await callForReview(tx, request.actor, misfit)
        const recorded = { ...(await returnOf(tx, id, purpose)), version, needs_review }
        return { status: 200, body: recorded }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
