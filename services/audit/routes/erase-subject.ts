import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Erased } from '../../../src/contracts/audit-review.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { demandRecent } from '../../../src/challenge.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { openRegister } from '../erasure-register.ts'

export const eraseSubject: Route = (app, ctx) => {
  const register = openRegister(ctx)
  app.post(
    '/v1/audit/cases/:id/erasure',
    {
      config: { authority: 'survivor.erase' },
      schema: {
        summary: 'Erase a survivor: what the trail says of them, and the content of their case',
        description:
          'Cannot be undone, and holds for older backups too. Entries, numbers and proofs stay. ' +
          'Asks for a recent proof of who you are.',
        tags: ['audit'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: Erased },
      },
    },
    async (request, reply) => {
      demandRecent(request)
      const { id } = request.params
      const { agency } = request.actor
      const { status, body } = await once(ctx, request, async (tx) => {
        const asked = JSON.stringify([{ i: 0, subject: id, agency: agency ?? id }])
        const [row] = await tx.execute<{ erased: number | null }>(
          sql`select erased from audit.erase(${asked}::jsonb)`,
        )
        const entries = row?.erased ?? null
        if (entries === null) throw new Problem('not_found')
        // First on the register, then committed: what is only half done is done by the next round.
        await register.add(id)
        await append(tx, request.actor, { type: 'audit.subject.erased.v1', data: { entries } })
        return { status: 200, body: { entries } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
