import { and, asc, eq, sql, type SQL } from 'drizzle-orm'
import { Type } from 'typebox'
import { oneOf } from '../../../src/contracts/codes.ts'
import { AGENCY_KINDS, AgencyPage, Place } from '../../../src/contracts/directory.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Route } from '../../../src/service.ts'
import { agency, readAgency } from '../tables.ts'

const Query = Type.Object(
  {
    kind: Type.Optional(oneOf(AGENCY_KINDS)),
    area: Type.Optional(Place),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listAgencies: Route = (app, ctx) => {
  app.get(
    '/v1/directory/agencies',
    {
      config: { authority: 'directory.read' },
      schema: {
        summary: 'Agencies of the hub, by name',
        tags: ['directory'],
        querystring: Query,
        response: { 200: AgencyPage },
      },
    },
    async (request) => {
      const { kind, area, after, limit } = request.query
      const where: SQL[] = [sql`${agency.active}`]
      if (kind !== undefined) where.push(eq(agency.kind, kind))
      if (area !== undefined) where.push(eq(agency.area, area))
      if (after !== undefined) {
        const [name, id] = placeOf(after, ['string', 'string'])
        where.push(sql`(${agency.name_id}, ${agency.id}::text) > (${name}, ${id})`)
      }
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        tx
          .select()
          .from(agency)
          .where(and(...where))
          .orderBy(asc(agency.name_id), asc(agency.id))
          .limit(limit + 1),
      )
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      const now = new Date()
      return {
        items: page.map((row) => readAgency(row, now)),
        next: last === undefined ? null : cursorOf([last.name_id, last.id]),
      }
    },
  )
}
