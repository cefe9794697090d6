import { Type } from 'typebox'
import { RiskAssessment, ReturnRecorded } from '../../../src/contracts/case.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { returnOf } from '../returns.ts'
import { nextVersion, riskAssessment } from '../tables.ts'

export const recordRisk: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/risk-assessment',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Record how dangerous a return is; the newest assessment counts',
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: RiskAssessment,
        response: { 200: ReturnRecorded },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { purpose, risk } = request.body
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const by = request.actor.id
        await tx
          .insert(riskAssessment)
          .values({ id: newId(), case_id: id, purpose, risk, recorded_by: by })
        const version = await nextVersion(tx, id)
        await append(tx, request.actor, {
          type: 'cases.risk_assessment.recorded.v1',
          subject: id,
          object: id,
          purpose,
          data: { version },
        })
        const needs_review: string[] = []
        const recorded = { ...(await returnOf(tx, id, purpose)), version, needs_review }
        return { status: 200, body: recorded }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
