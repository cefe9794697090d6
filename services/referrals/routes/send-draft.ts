import { eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id, Version } from '../../../src/contracts/codes.ts'
import { SentReferral } from '../../../src/contracts/referral.ts'
import type { Route } from '../../../src/service.ts'
import { foreign } from '../../../src/request.ts'
import { sendReferral } from '../send.ts'
import { referral } from '../tables.ts'

export const sendDraft: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/:id/send',
    {
      config: { authority: 'referral.send' },
      schema: {
        summary: 'Send a draft',
        tags: ['referrals'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: Type.Object({ version: Version }, { additionalProperties: false }),
        response: { 201: SentReferral },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const [row] = await ctx.db.withActor(request.actor, (tx) =>
        tx.select().from(referral).where(eq(referral.id, id)).limit(1),
      )
      if (row === undefined || row.sender !== request.actor.agency) {
        throw foreign({ object: id, data: { verb: 'send' } })
      }
      const asked = {
        case: row.caseId,
        service: row.service,
        kind: row.kind,
        urgency: row.urgency,
        categories: row.categories,
        basis: row.basis,
        ...(row.previous === null ? {} : { previous: row.previous }),
      }
      const now = { state: row.state, version: row.version }
      const draft = { id, version: request.body.version, now }
      return reply.code(201).send(await sendReferral(ctx, request, asked, draft))
    },
  )
}
