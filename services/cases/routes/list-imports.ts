import { Type } from 'typebox'
import { CaseImportList } from '../../../src/contracts/import.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { importsOf } from '../imports/tables.ts'

const Query = Type.Object(
  {
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listImports: Route = (app, ctx) => {
  app.get(
    '/v1/case-imports',
    {
      config: { authority: 'case.import' },
      schema: {
        summary: "Imports of one's own agency and how far they are, newest first",
        tags: ['cases'],
        querystring: Query,
        response: { 200: CaseImportList },
      },
    },
    async (request) => {
      const { after, limit } = request.query
      const owner = request.actor.agency
      authorize(request, 'case.import', { kind: 'owned', owner })
      const before = after === undefined ? null : String(placeOf(after, ['uuid'])[0])
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        importsOf(tx, owner ?? '', before, limit + 1),
      )
      const items = rows.slice(0, limit)
      const last = rows.length > limit ? items.at(-1) : undefined
      return { items, next: last === undefined ? null : cursorOf([last.id]) }
    },
  )
}
