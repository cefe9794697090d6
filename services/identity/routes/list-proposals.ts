import { PageQuery, ProposalPage } from '../../../src/contracts/identity.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Route } from '../../../src/service.ts'
import { listProposals, shownTo } from '../proposals.ts'

export const listProposalsRoute: Route = (app, ctx) => {
  app.get(
    '/v1/identity/proposals',
    {
      config: { authority: 'proposal.read' },
      schema: {
        summary: 'What is proposed for your agency, or for the whole hub, the newest first',
        tags: ['identity'],
        querystring: PageQuery,
        response: { 200: ProposalPage },
      },
    },
    async (request) => {
      const { agency = null, after, limit } = request.query
      const [place = null] = after === undefined ? [] : placeOf(after, ['uuid'])
      const whose = request.actor.agency ?? agency
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        listProposals(tx, whose, place as string | null, limit + 1),
      )
      const items = rows.slice(0, limit).map((row) => shownTo(request.actor, row))
      const last = rows.length > limit ? items.at(-1) : undefined
      return { items, next: last === undefined ? null : cursorOf([last.id]) }
    },
  )
}
