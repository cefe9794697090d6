import { createHmac } from 'node:crypto'
import { Type } from 'typebox'
import { digestOf } from '../../../src/auth.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { InvitationMade } from '../../../src/contracts/identity.ts'
import { keyOf } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { demandPerson } from '../people.ts'

/** The link follows from the Idempotency-Key: a repetition gives the same, and it is stored nowhere. */
export const invitePerson: Route = (app, ctx) => {
  app.post(
    '/v1/identity/people/:id/invitations',
    {
      config: { authority: 'people.write' },
      schema: {
        summary: 'A link by which the person makes an account; replaces those before it',
        tags: ['identity'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 201: InvitationMade },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { key } = keyOf(ctx, request)
      const { active } = await ctx.db.withActor(request.actor, (tx) =>
        demandPerson(tx, request, id),
      )
      const code = createHmac('sha256', ctx.keys.derive('invitation-code'))
        .update(JSON.stringify([request.actor.id, id, key]))
        .digest('base64url')
      const asked = { person: id, code_hash: digestOf(code), made_by: request.actor.id }
      if (!active) throw new Problem('not_found')
      await ctx.db.call('identity.make_invitations', [asked])
      ctx.bus.wake('ledger')
      return reply.code(201).send({ link: `${ctx.config.publicUrl}/invitation/${code}` })
    },
  )
}
