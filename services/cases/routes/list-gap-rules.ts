import { GapSettings } from '../../../src/contracts/gaps.ts'
import type { Route } from '../../../src/service.ts'
import { readSettings } from '../gap-settings.ts'

export const listGapRules: Route = (app, ctx) => {
  app.get(
    '/v1/gap-rules',
    {
      config: { authority: 'gap_rule.read' },
      schema: {
        summary: 'How the rules over pathways are set on this hub',
        tags: ['pathway'],
        response: { 200: GapSettings },
      },
    },
    async (request) => ({ items: await ctx.db.withActor(request.actor, readSettings) }),
  )
}
