import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { Retracted } from '../../../src/contracts/message.ts'
import { once } from '../../../src/idempotency.ts'
import { foreign, refusal } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'

interface Answered extends Record<string, unknown> {
  readonly outcome: 'ok' | 'absent' | 'not_author' | 'retracted'
  readonly retracted_at: string
}

export const retractMessage: Route = (app, ctx) => {
  app.post(
    '/v1/messages/:id/retract',
    {
      config: { authority: 'message.send' },
      schema: {
        summary: 'Take a message back: nobody reads it any more, and that it was there stays',
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: Retracted },
      },
    },
    async (request) => {
      const { id } = request.params
      const { agency, id: actor, roles } = request.actor
      const attempt = { object: id, data: { verb: 'retract' } }
      const { body } = await once(ctx, request, async (tx) => {
        const row = { id, agency, actor, is_supervisor: roles.includes('supervisor') }
        const [answered] = await tx.execute<Answered>(
          sql`select * from messages.retract(${JSON.stringify(row)}::text::jsonb)`,
        )
        if (answered?.outcome === 'not_author') throw refusal('not_author', attempt)
        if (answered?.outcome === 'retracted') throw refusal('already_retracted', attempt)
        if (answered?.outcome !== 'ok') throw foreign(attempt)
        const retracted_at = new Date(answered.retracted_at).toISOString()
        return { status: 200, body: { id, retracted_at } }
      })
      return body
    },
  )
}
