import { Type } from 'typebox'
import { createAuthenticator } from '../../../src/auth.ts'
import { decide } from '../../../src/decide.ts'
import { Problem } from '../../../src/problem.ts'
import type { App, Context } from '../../../src/service.ts'
import { numberOf, type LiveHub } from '../live-hub.ts'
import { streamLine } from '../line.ts'

/** The feed as Server-Sent Events, for programs and proxies without WebSockets. */
export const followEvents = (hub: LiveHub, app: App, ctx: Context): void => {
  const authenticate = createAuthenticator(ctx)
  app.get(
    '/v1/events',
    {
      config: { authority: 'feed.read' },
      schema: {
        summary: "Your agency's feed as it grows, as Server-Sent Events",
        tags: ['notifications'],
        produces: ['text/event-stream'],
        querystring: Type.Object(
          { after: Type.Optional(Type.String({ maxLength: 40 })) },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const { agency, id } = request.actor
      if (agency === null) throw new Problem('not_found')
      const last = request.headers['last-event-id']
      const after = numberOf(typeof last === 'string' ? last : request.query.after)
      if (after === undefined) throw new Problem('after_beyond_end', { params: { head: '?' } })
      if (after !== null) await hub.demandReached(agency, after)
      const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream' } as const
      void reply.hijack()
      reply.raw.writeHead(200, { ...headers, 'x-accel-buffering': 'no' } as Record<string, string>)
      const mayFollow = async (): Promise<boolean> => {
        const actor = await authenticate.still(request)
        return actor?.agency === agency && decide(actor, 'feed.read', { kind: 'none' }).allow
      }
      await hub.follow({ line: streamLine(reply.raw), agency, person: id, after, mayFollow })
    },
  )
}
