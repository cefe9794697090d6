import { FeedPage, FeedQuery } from '../../../src/contracts/feed.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readFeed, readHeads } from '../feed.ts'

export const readFeedRoute: Route = (app, ctx) => {
  app.get(
    '/v1/feed',
    {
      config: { authority: 'feed.read' },
      schema: {
        summary: 'What happened that concerns your agency, in order and without gaps',
        tags: ['notifications'],
        querystring: FeedQuery,
        response: { 200: FeedPage },
      },
    },
    async (request) => {
      const { actor, query } = request
      if (actor.agency === null) throw new Problem('not_found')
      const { to, items } = await readFeed(ctx.db, actor, actor.agency, query.after, query.limit)
      if (items.length === 0 && query.after > 0) {
        const [head = 0] = await readHeads(ctx.db, [actor.agency])
        if (query.after > head) throw new Problem('after_beyond_end', { params: { head } })
      }
      return { items: [...items], next: items.length < query.limit ? null : String(to) }
    },
  )
}
