import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { MessagePage } from '../../../src/contracts/message.ts'
import type { Route } from '../../../src/service.ts'
import { foreign } from '../../../src/request.ts'
import { listOf, PAGE } from '../list.ts'

export const listMessages: Route = (app, ctx) => {
  app.get(
    '/v1/referrals/:id/messages',
    {
      config: { authority: 'message.read' },
      schema: {
        summary: 'Messages of a referral, newest first: of whom, when, who read them; no words',
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        querystring: Type.Object(PAGE, { additionalProperties: false }),
        response: { 200: MessagePage },
      },
    },
    async (request) => {
      const { id } = request.params
      const { after = null, limit } = request.query
      const agency = request.actor.agency ?? ''
      return await ctx.db.withActor(request.actor, async (tx) => {
        const known = await tx.execute(
          sql`select from referrals.talk_of(${id}::uuid, ${agency}::uuid)`,
        )
        const page = await listOf(tx, {
          referral: id,
          case: null,
          with: null,
          agency,
          after,
          limit,
        })
        if (known.length === 0 && page.items.length === 0 && after === null)
          throw foreign({ object: id })
        return page
      })
    },
  )
}
