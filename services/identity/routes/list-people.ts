import { PageQuery, PersonPage } from '../../../src/contracts/identity.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Route } from '../../../src/service.ts'
import { listPeople } from '../people.ts'

export const listPeopleRoute: Route = (app, ctx) => {
  app.get(
    '/v1/identity/people',
    {
      config: { authority: 'people.read' },
      schema: {
        summary: 'People of your agency; for administrators those of the hub, or of `agency`',
        tags: ['identity'],
        querystring: PageQuery,
        response: { 200: PersonPage },
      },
    },
    async (request) => {
      const { agency = null, after, limit } = request.query
      const [place = null] = after === undefined ? [] : placeOf(after, ['uuid'])
      const whose = request.actor.agency ?? agency
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        listPeople(tx, whose, place as string | null, limit + 1),
      )
      const items = rows.slice(0, limit)
      const last = rows.length > limit ? items.at(-1) : undefined
      return { items, next: last === undefined ? null : cursorOf([last.id]) }
    },
  )
}
