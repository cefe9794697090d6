import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { CaseRead, ChangedCase } from '../../../src/contracts/case.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { refusal } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'
import { caseRecord, readCase } from '../tables.ts'

export const changeCase: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Change what recipients prepare for: age band, district, languages, needs',
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: ChangedCase,
        response: { 200: CaseRead },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        const current = await ownCase(tx, request, 'case.write', id)
        const { version, ...fields } = request.body
        const [changed] = await tx
          .update(caseRecord)
          .set({ ...fields, version: version + 1, changed_at: new Date() })
          .where(and(eq(caseRecord.id, id), eq(caseRecord.version, version)))
          .returning()
        if (changed === undefined) {
          const members = { version: current.version }
          throw refusal('version_conflict', { subject: id, object: id }, { members })
        }
        await append(tx, request.actor, {
          type: 'cases.case.changed.v1',
          subject: id,
          object: id,
          data: { version: changed.version },
        })
        return { status: 200, body: await readCase(tx, changed) }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
