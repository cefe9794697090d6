import { and, desc, eq, lt } from 'drizzle-orm'
import { Type } from 'typebox'
import { GlassPage, GlassRead } from '../../../src/contracts/break-glass.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import type { Route } from '../../../src/service.ts'
import { authorizeGlass, presentGlass } from '../break-glass.ts'
import { breakGlass } from '../tables.ts'

const Query = Type.Object(
  {
    side: oneOf(['agency', 'owner']),
    after: Type.Optional(Id),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listGlass: Route = (app, ctx) => {
  app.get(
    '/v1/break-glass',
    {
      config: { authority: 'break_glass.read' },
      schema: {
        summary:
          'Glasses that your agency broke, or that were broken for cases it owns; newest first',
        tags: ['break-glass'],
        querystring: Query,
        response: { 200: GlassPage },
      },
    },
    async (request) => {
      const { side, after, limit } = request.query
      const agency = request.actor.agency ?? ''
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        tx
          .select()
          .from(breakGlass)
          .where(
            and(
              eq(side === 'owner' ? breakGlass.owner : breakGlass.agency, agency),
              after === undefined ? undefined : lt(breakGlass.id, after),
            ),
          )
          .orderBy(desc(breakGlass.id))
          .limit(limit + 1),
      )
      const page = rows.slice(0, limit)
      return {
        items: page.map((row) => presentGlass(row, agency, ctx.now())),
        next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      }
    },
  )
}

export const getGlass: Route = (app, ctx) => {
  app.get(
    '/v1/break-glass/:id',
    {
      config: { authority: 'break_glass.read' },
      schema: {
        summary: 'One broken glass in codes: who, what, until when, and how it was judged',
        tags: ['break-glass'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: GlassRead },
      },
    },
    async (request) => {
      const { actor } = request
      const { id } = request.params
      const [row] = await ctx.db.withActor(actor, (tx) =>
        tx.select().from(breakGlass).where(eq(breakGlass.id, id)),
      )
      const found = authorizeGlass(request, 'break_glass.read', row, { object: id })
      return presentGlass(found, actor.agency, ctx.now())
    },
  )
}
