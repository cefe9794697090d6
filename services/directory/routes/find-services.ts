import { arrayContains, arrayOverlaps, eq, or, sql, type SQL } from 'drizzle-orm'
import {
  AREA_MATCHES,
  CRITERIA,
  ServicePage,
  ServiceQuery,
  type ServiceFound,
} from '../../../src/contracts/directory.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Route } from '../../../src/service.ts'
import { areaRank, reaches, servedBy } from '../served-by.ts'
import { findServices, readService, service } from '../tables.ts'

const conditions = (query: ServiceQuery): SQL[] => {
  const where: (SQL | undefined)[] = []
  if (query.stage !== undefined) where.push(eq(service.stage, query.stage))
  if (query.agency !== undefined) where.push(eq(service.agency, query.agency))
  if (query.area !== undefined && query.stage !== undefined) {
    where.push(reaches(query.stage, query.area))
  } else if (query.area !== undefined) {
    where.push(arrayOverlaps(service.areas, Object.values(servedBy(query.area))))
  }
  if (query.urgency !== undefined) where.push(arrayContains(service.urgencies, [query.urgency]))
  if (query.needs !== undefined && query.needs.length > 0) {
    where.push(arrayContains(service.needs, query.needs))
  }
  if (query.language !== undefined) where.push(arrayContains(service.languages, [query.language]))
  if (query.age_band !== undefined) {
    where.push(or(eq(service.age_bands, []), arrayContains(service.age_bands, [query.age_band])))
  }
  if (query.gender !== undefined) {
    where.push(or(eq(service.genders, []), arrayContains(service.genders, [query.gender])))
  }
  return where.filter((condition) => condition !== undefined)
}

const afterPlace = (rank: SQL<number>, after: string): SQL => {
  const [lastRank, name, id] = placeOf(after, ['number', 'string', 'string'])
  return sql`(${rank}, ${service.name_id}, ${service.id}::text) > (${lastRank}::float8, ${name}, ${id})`
}

export const findServicesRoute: Route = (app, ctx) => {
  app.get(
    '/v1/directory/services',
    {
      config: { authority: 'directory.read' },
      schema: {
        summary: 'Who can take this? Services that meet everything asked, nearest first',
        tags: ['directory'],
        querystring: ServiceQuery,
        response: { 200: ServicePage },
      },
    },
    async (request) => {
      const { query } = request
      const rank = areaRank(query.area)
      const where = conditions(query)
      if (query.after !== undefined) where.push(afterPlace(rank, query.after))
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        findServices(tx, rank, where, query.limit + 1),
      )
      const page = rows.slice(0, query.limit)
      const last = rows.length > query.limit ? page.at(-1) : undefined
      const fits = CRITERIA.filter((criterion) => query[criterion] !== undefined)
      const now = new Date()
      return {
        items: page.map((row): ServiceFound => ({
          ...readService(row, now),
          fits,
          area_match: query.area === undefined ? null : (AREA_MATCHES[row.rank] ?? null),
        })),
        next:
          last === undefined ? null : cursorOf([last.rank, last.service.name_id, last.service.id]),
      }
    },
  )
}
