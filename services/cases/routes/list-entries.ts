import { Type } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { ENTRY_KINDS, EntryPage } from '../../../src/contracts/pathway.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { entriesOf, readEntries } from '../entries.ts'
import { caseById } from '../tables.ts'

const Query = Type.Object(
  {
    kind: Type.Optional(oneOf(ENTRY_KINDS)),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listEntries: Route = (app, ctx) => {
  app.get(
    '/v1/cases/:id/entries',
    {
      config: { authority: 'case.read' },
      schema: {
        summary: 'What people recorded of the pathway, newest first; no words and no findings',
        tags: ['pathway'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        querystring: Query,
        response: { 200: EntryPage },
      },
    },
    async (request) => {
      const { id } = request.params
      const { kind, after, limit } = request.query
      const before = after === undefined ? null : String(placeOf(after, ['uuid'])[0])
      return await ctx.db.withActor(request.actor, async (tx) => {
        const row = await caseById(tx, id)
        const owner = row?.owner ?? null
        authorize(request, 'case.read', { kind: 'owned', owner }, { object: id })
        if (row === null) throw new Problem('not_found')
        const rows = await entriesOf(tx, id, { kind, before, limit: limit + 1 })
        const page = rows.slice(0, limit)
        const last = rows.length > limit ? page.at(-1) : undefined
        return {
          items: await readEntries(tx, page, row.owner),
          next: last === undefined ? null : cursorOf([last.id]),
        }
      })
    },
  )
}
