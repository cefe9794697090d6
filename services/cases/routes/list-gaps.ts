import { Type } from 'typebox'
import { oneOf, PURPOSES } from '../../../src/contracts/codes.ts'
import { GAP_RULES, GapPage, SEVERITIES } from '../../../src/contracts/gaps.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { worklist, worklistCounts, type WorklistPlace } from '../worklist.ts'

const Query = Type.Object(
  {
    mine: Type.Boolean({
      default: false,
      description: 'Only cases that the caller is in charge of',
    }),
    rule: Type.Optional(oneOf(GAP_RULES)),
    severity: Type.Optional(oneOf(SEVERITIES)),
    stage: Type.Optional(oneOf(PURPOSES)),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listGaps: Route = (app, ctx) => {
  app.get(
    '/v1/gaps',
    {
      config: { authority: 'case.read' },
      schema: {
        summary:
          "Open gaps in the pathways of one's own agency's cases, the gravest and oldest first",
        tags: ['pathway'],
        querystring: Query,
        response: { 200: GapPage },
      },
    },
    async (request) => {
      const { mine, rule, severity, stage, after, limit } = request.query
      const { agency, id } = request.actor
      authorize(request, 'case.read', { kind: 'owned', owner: agency })
      const place =
        after === undefined
          ? null
          : (placeOf(after, ['number', 'instant', 'uuid']) as unknown as WorklistPlace)
      const asked = { owner: agency ?? '', manager: mine ? id : undefined, rule, severity, stage }
      return await ctx.db.withActor(request.actor, async (tx) => {
        const rows = await worklist(tx, asked, place, limit + 1)
        const page = rows.slice(0, limit)
        const last = rows.length > limit ? page.at(-1) : undefined
        return {
          items: page.map((row) => row.read),
          next: last === undefined ? null : cursorOf(last.place),
          open: await worklistCounts(tx, asked),
        }
      })
    },
  )
}
