import { and, asc, eq, sql, type SQL } from 'drizzle-orm'
import { Type } from 'typebox'
import { CapacityPage } from '../../../src/contracts/capacity.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Route } from '../../../src/service.ts'
import { capacity, placesOf } from '../places.ts'

const Query = Type.Object(
  {
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
  },
  { additionalProperties: false },
)

export const myCapacity: Route = (app, ctx) => {
  app.get(
    '/v1/directory/capacity',
    {
      config: { authority: 'capacity.count' },
      schema: {
        summary: "Everything that one's own agency counts",
        tags: ['directory'],
        querystring: Query,
        response: { 200: CapacityPage },
      },
    },
    async (request) => {
      const { after, limit } = request.query
      const { agency } = request.actor
      if (agency === null) return { items: [], next: null }
      const where: SQL[] = [eq(capacity.agency, agency)]
      if (after !== undefined) {
        const [service, unit] = placeOf(after, ['uuid', 'string'])
        where.push(sql`(${capacity.service}, ${capacity.unit}) > (${service}::uuid, ${unit})`)
      }
      return await ctx.db.withActor(request.actor, async (tx) => {
        const rows = await tx
          .select({ service: capacity.service, unit: capacity.unit })
          .from(capacity)
          .where(and(...where))
          .orderBy(asc(capacity.service), asc(capacity.unit))
          .limit(limit + 1)
        const page = rows.slice(0, limit)
        const last = rows.length > limit ? page.at(-1) : undefined
        const named = new Set(page.map((row) => `${row.service} ${row.unit}`))
        const items = await placesOf(tx, [...new Set(page.map((row) => row.service))])
        return {
          items: items.filter((item) => named.has(`${item.service} ${item.unit}`)),
          next: last === undefined ? null : cursorOf([last.service, last.unit]),
        }
      })
    },
  )
}
