import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { MessagePage } from '../../../src/contracts/message.ts'
import type { Route } from '../../../src/service.ts'
import { foreign } from '../../../src/request.ts'
import { listOf, PAGE } from '../list.ts'

export const listCaseMessages: Route = (app, ctx) => {
  app.get(
    '/v1/cases/:id/messages',
    {
      config: { authority: 'message.read' },
      schema: {
        summary: 'Messages of its owner about a case, with one agency or with all; no words',
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        querystring: Type.Object(
          { ...PAGE, with: Type.Optional(Id) },
          { additionalProperties: false },
        ),
        response: { 200: MessagePage },
      },
    },
    async (request) => {
      const { id } = request.params
      const { after = null, limit, with: other = null } = request.query
      const agency = request.actor.agency ?? ''
      return await ctx.db.withActor(request.actor, async (tx) => {
        const [found] = await tx.execute<{ owner: string | null }>(
          sql`select cases.owner_of(${id}::uuid) as owner`,
        )
        if (found?.owner !== agency) throw foreign({ object: id })
        return await listOf(tx, { referral: null, case: id, with: other, agency, after, limit })
      })
    },
  )
}
