import { sql } from 'drizzle-orm'
import { PageQuery, ProgramPage } from '../../../src/contracts/identity.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Route } from '../../../src/service.ts'
import { PROGRAM, readProgram, type ProgramRow } from '../programs.ts'

export const listPrograms: Route = (app, ctx) => {
  app.get(
    '/v1/identity/programs',
    {
      config: { authority: 'people.read' },
      schema: {
        summary: 'Programs of your agency; for administrators those of `agency`, or all',
        tags: ['identity'],
        querystring: PageQuery,
        response: { 200: ProgramPage },
      },
    },
    async (request) => {
      const { agency = null, after, limit } = request.query
      const [place = null] = after === undefined ? [] : placeOf(after, ['string'])
      const whose = request.actor.agency ?? agency
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        tx.execute<ProgramRow>(sql`
          select ${PROGRAM} from identity.client
          where (${whose}::uuid is null or agency = ${whose}::uuid)
            and (${place}::text is null or id > ${place}::text)
          order by id limit ${limit + 1}`),
      )
      const items = rows.slice(0, limit).map(readProgram)
      const last = rows.length > limit ? items.at(-1) : undefined
      return { items, next: last === undefined ? null : cursorOf([last.id]) }
    },
  )
}
