import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import { Type } from 'typebox'
import { StopOrderPage } from '../../../src/contracts/consent.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { readStopOrder, stopOrder } from '../tables.ts'

const Query = Type.Object(
  {
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

/** 0: open, 1: answered. */
const rank = sql<number>`(${stopOrder.answer} is not null)::int`

export const listStopOrders: Route = (app, ctx) => {
  app.get(
    '/v1/stop-orders',
    {
      config: { authority: 'stop_order.read' },
      schema: {
        summary: 'Orders to stop that this agency holds, open ones first',
        tags: ['consent'],
        querystring: Query,
        response: { 200: StopOrderPage },
      },
    },
    async (request) => {
      const { after, limit } = request.query
      const holder = request.actor.agency
      authorize(request, 'stop_order.read', { kind: 'owned', owner: holder })
      const where: SQL[] = [eq(stopOrder.holder, holder ?? '')]
      if (after !== undefined) {
        const [isAnswered, id] = placeOf(after, ['number', 'uuid'])
        where.push(
          sql`(${rank} > ${isAnswered}::int
            or (${rank} = ${isAnswered}::int and ${stopOrder.id} < ${id}::uuid))`,
        )
      }
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        tx
          .select()
          .from(stopOrder)
          .where(and(...where))
          .orderBy(rank, desc(stopOrder.id))
          .limit(limit + 1),
      )
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      const now = ctx.now()
      return {
        items: page.map((row) => readStopOrder(row, now)),
        next: last === undefined ? null : cursorOf([last.answer === null ? 0 : 1, last.id]),
      }
    },
  )
}
