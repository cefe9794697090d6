import { Type } from 'typebox'
import { createAuthenticator } from '../../../src/auth.ts'
import { LIVE_CLOSE } from '../../../src/contracts/feed.ts'
import { decide } from '../../../src/decide.ts'
import type { Route } from '../../../src/service.ts'
import { socketLine } from '../line.ts'
import { createLiveHub, numberOf } from '../live-hub.ts'
import { followEvents } from './follow-events.ts'

/** The live feed, over WebSockets and as Server-Sent Events. */
export const followLive: Route = (app, ctx) => {
  const hub = createLiveHub(ctx)
  const authenticate = createAuthenticator(ctx)
  app.addHook('preClose', async () => hub.stop())
  followEvents(hub, app, ctx)
  app.get(
    '/v1/live',
    {
      websocket: true,
      config: { authority: 'feed.read' },
      schema: {
        summary: "Your agency's feed as it grows, over a WebSocket",
        tags: ['notifications'],
        querystring: Type.Object(
          { after: Type.Optional(Type.String({ maxLength: 40 })) },
          { additionalProperties: false },
        ),
      },
    },
    async (socket, request) => {
      const { agency, id: person } = request.actor
      const after = numberOf(request.query.after)
      if (after === undefined) return socket.close(LIVE_CLOSE.badAfter, 'after is not a number')
      if (agency === null) return socket.close(LIVE_CLOSE.signInAgain, 'sign in for an agency')
      const mayFollow = async (): Promise<boolean> => {
        const actor = await authenticate.still(request)
        if (actor === null || actor.agency !== agency) return false
        return decide(actor, 'feed.read', { kind: 'none' }).allow
      }
      await hub.follow({ line: socketLine(socket), agency, person, after, mayFollow })
    },
  )
}
