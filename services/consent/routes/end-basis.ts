import { and, eq, ne } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { WithdrawalRead } from '../../../src/contracts/consent.ts'
import { BasisEnd } from '../../../src/contracts/lawful-basis.ts'
import type { Tx } from '../../../src/db.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { onRecord } from '../refusal.ts'
import { caseForConsent, grant, readTaken } from '../tables.ts'
import { takeFrom } from '../take-away.ts'

export const endBasis: Route = (app, ctx) => {
  app.post(
    '/v1/lawful-bases/:id/end',
    {
      config: { authority: 'consent.record_basis' },
      schema: {
        summary: 'End another lawful basis before its time: what rests on it is revoked at once',
        tags: ['consent'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: BasisEnd,
        response: { 200: WithdrawalRead },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { actor } = request
      const attempt = { object: id, data: { verb: 'end' } }
      const byId = and(eq(grant.id, id), ne(grant.basis, 'consent'))
      const change = async (tx: Tx) => {
        const [seen] = await tx.select().from(grant).where(byId)
        const owner = seen?.owner ?? null
        authorize(request, 'consent.record_basis', { kind: 'owned', owner }, attempt)
        if (seen === undefined) throw new Problem('not_found')
        await caseForConsent(tx, seen.case, actor.agency)
        const [row] = await tx.select().from(grant).where(byId).for('update')
        if (row === undefined) throw new Problem('not_found')
        if (row.version !== request.body.version || row.status !== 'active') {
          throw new Problem('version_conflict', { members: { version: row.version } })
        }
        const [taken] = await takeFrom(tx, actor, row, 'all')
        if (taken?.withdrawal == null) throw new Error('a lawful basis was not ended')
        return { status: 200, body: await readTaken(tx, taken.withdrawal, ctx.now()) }
      }
      const { status, body } = await onRecord(attempt, () => once(ctx, request, change))
      ctx.bus.wake('security_events')
      return reply.code(status as 200).send(body)
    },
  )
}
