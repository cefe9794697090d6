import { Type } from 'typebox'
import { CasePage } from '../../../src/contracts/case.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { casesOf, readRecord } from '../tables.ts'

const Query = Type.Object(
  {
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listCases: Route = (app, ctx) => {
  app.get(
    '/v1/cases',
    {
      config: { authority: 'case.read' },
      schema: {
        summary: "Cases of one's own agency, newest first",
        tags: ['cases'],
        querystring: Query,
        response: { 200: CasePage },
      },
    },
    async (request) => {
      const { after, limit } = request.query
      const owner = request.actor.agency
      authorize(request, 'case.read', { kind: 'owned', owner })
      const before = after === undefined ? null : String(placeOf(after, ['uuid'])[0])
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        casesOf(tx, owner ?? '', before, limit + 1),
      )
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      return {
        items: page.map(readRecord),
        next: last === undefined ? null : cursorOf([last.id]),
      }
    },
  )
}
