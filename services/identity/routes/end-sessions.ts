import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { Actor } from '../../../src/actor.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Tx } from '../../../src/db.ts'
import type { Route } from '../../../src/service.ts'
import { demandPerson, endSessionsOf } from '../people.ts'

const Ended = Type.Object({ ended: Type.Integer({ minimum: 0 }) }, { additionalProperties: false })

const endAll = async (tx: Tx, actor: Actor, person: string, agency: string | null) => {
  const ended = await endSessionsOf(tx, person)
  await append(tx, actor, {
    type: 'identity.sessions.ended.v1',
    ...(agency === null ? {} : { concerned: [agency] }),
    object: person,
    data: { ended },
  })
  return { status: 200, body: { ended } }
}

/** Signs a person out everywhere: oneself, or somebody whom one may change. */
export const endSessions: Route = (app, ctx) => {
  app.post(
    '/v1/me/sign-outs',
    {
      config: { authority: 'self.read' },
      schema: {
        summary: 'Sign yourself out everywhere',
        tags: ['identity'],
        response: { 200: Ended },
      },
    },
    async (request, reply) => {
      const { actor } = request
      const { body } = await once(ctx, request, async (tx) =>
        actor.kind === 'person'
          ? await endAll(tx, actor, actor.id, actor.agency)
          : { status: 200, body: { ended: 0 } },
      )
      ctx.bus.wake('access')
      return reply.code(200).send(body)
    },
  )

  app.post(
    '/v1/identity/people/:id/sign-outs',
    {
      config: { authority: 'people.write' },
      schema: {
        summary: 'Sign a person out everywhere',
        tags: ['identity'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: Ended },
      },
    },
    async (request, reply) => {
      const { body } = await once(ctx, request, async (tx) => {
        const { id, agency } = await demandPerson(tx, request, request.params.id)
        return await endAll(tx, request.actor, id, agency)
      })
      ctx.bus.wake('access')
      return reply.code(200).send(body)
    },
  )
}
