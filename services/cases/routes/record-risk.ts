import { eq, sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { CaseRecord, RISKS } from '../../../src/contracts/case.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { caseRecord, readRecord } from '../tables.ts'

export const recordRisk: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/risk-assessment',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Record the outcome of a risk assessment; the newest counts',
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: Type.Object({ risk: oneOf(RISKS) }, { additionalProperties: false }),
        response: { 200: CaseRecord },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { risk } = request.body
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const now = new Date()
        const [changed] = await tx
          .update(caseRecord)
          .set({
            risk,
            risk_assessed_at: now,
            version: sql`${caseRecord.version} + 1`,
            changed_at: now,
          })
          .where(eq(caseRecord.id, id))
          .returning()
        if (changed === undefined) throw new Problem('not_found')
        await append(tx, request.actor, {
          type: 'cases.risk_assessment.recorded.v1',
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
