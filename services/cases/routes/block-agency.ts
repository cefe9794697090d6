import { Type } from 'typebox'
import { Blocked } from '../../../src/contracts/case.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { FINAL_STATES, REFERRAL_STATES } from '../../../src/contracts/lifecycle.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { callForReview } from '../returns.ts'
import { doNotSend } from '../tables.ts'

const LIVE = REFERRAL_STATES.filter((state) => state !== 'draft' && !FINAL_STATES.includes(state))

export const blockAgency: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/do-not-send/:agency',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Never send this case to an agency; that agency does not learn of it',
        tags: ['cases'],
        params: Type.Object({ id: Id, agency: Id }, { additionalProperties: false }),
        response: { 200: Blocked },
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
        const misfit = {
          case: id,
          purpose: null,
          recipient: agency,
          states: LIVE,
          reason: 'do_not_send',
        } as const
        const needs_review = await callForReview(tx, request.actor, misfit)
        return { status: 200, body: { agency, blocked: true, needs_review } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
