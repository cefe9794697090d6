import { and, asc, desc, eq, inArray, lt, type SQL } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { WithdrawalPage } from '../../../src/contracts/consent.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { toldBy } from '../stream.ts'
import { readWithdrawal, stopOrder, withdrawal } from '../tables.ts'

const Query = Type.Object(
  {
    case: Id,
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listWithdrawals: Route = (app, ctx) => {
  app.get(
    '/v1/withdrawals',
    {
      config: { authority: 'consent.read' },
      schema: {
        summary: 'Withdrawals of a case, newest first',
        tags: ['consent'],
        querystring: Query,
        response: { 200: WithdrawalPage },
      },
    },
    async (request) => {
      const { case: caseId, after, limit } = request.query
      const agency = request.actor.agency
      authorize(request, 'consent.read', { kind: 'owned', owner: agency })
      const where: SQL[] = [eq(withdrawal.case, caseId), eq(withdrawal.agency, agency ?? '')]
      if (after !== undefined) where.push(lt(withdrawal.id, String(placeOf(after, ['uuid'])[0])))
      return await ctx.db.withActor(request.actor, async (tx) => {
        const rows = await tx
          .select()
          .from(withdrawal)
          .where(and(...where))
          .orderBy(desc(withdrawal.id))
          .limit(limit + 1)
        const page = rows.slice(0, limit)
        const ids = page.map((row) => row.id)
        const orders = await tx
          .select()
          .from(stopOrder)
          .where(inArray(stopOrder.withdrawal, ids))
          .orderBy(asc(stopOrder.id))
        const last = rows.length > limit ? page.at(-1) : undefined
        const now = ctx.now()
        const told = await toldBy(tx, ids, now)
        const ordersOf = (id: string) => orders.filter((order) => order.withdrawal === id)
        return {
          items: page.map((row) => readWithdrawal(row, ordersOf(row.id), told(row.id), now)),
          next: last === undefined ? null : cursorOf([last.id]),
        }
      })
    },
  )
}
