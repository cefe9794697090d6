import { eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { WithdrawalRead } from '../../../src/contracts/consent.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { readTaken, withdrawal } from '../tables.ts'

export const getWithdrawal: Route = (app, ctx) => {
  app.get(
    '/v1/withdrawals/:id',
    {
      config: { authority: 'consent.read' },
      schema: {
        summary: 'One withdrawal: how many holders have confirmed that they stopped',
        tags: ['consent'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: WithdrawalRead },
      },
    },
    async (request) => {
      const { id } = request.params
      return await ctx.db.withActor(request.actor, async (tx) => {
        const [row] = await tx.select().from(withdrawal).where(eq(withdrawal.id, id))
        const owner = row?.agency ?? null
        authorize(request, 'consent.read', { kind: 'owned', owner }, { object: id })
        if (row === undefined) throw new Problem('not_found')
        return await readTaken(tx, id, ctx.now())
      })
    },
  )
}
