import { and, asc, eq, gt, sql, type SQL } from 'drizzle-orm'
import { Type } from 'typebox'
import { HoldPage } from '../../../src/contracts/capacity.ts'
import { oneOf } from '../../../src/contracts/codes.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Route } from '../../../src/service.ts'
import { hold, utc } from '../places.ts'

const Query = Type.Object(
  {
    side: oneOf(['recipient', 'sender']),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
  },
  { additionalProperties: false },
)

export const listHolds: Route = (app, ctx) => {
  app.get(
    '/v1/directory/holds',
    {
      config: { authority: 'capacity.count' },
      schema: {
        summary: "Places held now: of one's own agency, or for it",
        tags: ['directory'],
        querystring: Query,
        response: { 200: HoldPage },
      },
    },
    async (request) => {
      const { side, after, limit } = request.query
      const { agency } = request.actor
      if (agency === null) return { items: [], next: null }
      const where: SQL[] = [
        eq(side === 'recipient' ? hold.agency : hold.holder, agency),
        eq(hold.state, 'held'),
        sql`${hold.expires_at} > clock_timestamp()`,
      ]
      if (after !== undefined) where.push(gt(hold.referral, String(placeOf(after, ['uuid'])[0])))
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        tx
          .select()
          .from(hold)
          .where(and(...where))
          .orderBy(asc(hold.referral))
          .limit(limit + 1),
      )
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      return {
        items: page.map(({ state: _live, ...row }) => ({
          ...row,
          placed_at: utc(row.placed_at),
          expires_at: utc(row.expires_at),
        })),
        next: last === undefined ? null : cursorOf([last.referral]),
      }
    },
  )
}
