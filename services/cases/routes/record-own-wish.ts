import { eq, sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { CaseRecord, WISHES } from '../../../src/contracts/case.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { caseRecord, readRecord } from '../tables.ts'

export const recordOwnWish: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/own-wish',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: "Record the survivor's own wish about going home; the newest counts",
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: Type.Object({ wish: oneOf(WISHES) }, { additionalProperties: false }),
        response: { 200: CaseRecord },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { wish } = request.body
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const now = new Date()
        const [changed] = await tx
          .update(caseRecord)
          .set({
            own_wish: wish,
            own_wish_at: now,
            version: sql`${caseRecord.version} + 1`,
            changed_at: now,
          })
          .where(eq(caseRecord.id, id))
          .returning()
        if (changed === undefined) throw new Problem('not_found')
        await append(tx, request.actor, {
          type: 'cases.own_wish.recorded.v1',
          subject: id,
          object: id,
          data: { version: changed.version },
        })
        return { status: 200, body: readRecord(changed) }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
