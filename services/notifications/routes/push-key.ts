import { Type } from 'typebox'
import type { Route } from '../../../src/service.ts'
import { applicationServerKey } from '../ways/push.ts'

export const pushKey: Route = (app, ctx) => {
  app.get(
    '/v1/push/key',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: "The hub's public key for PushManager.subscribe (RFC 8292)",
        tags: ['notifications'],
        response: { 200: Type.Object({ key: Type.String() }, { additionalProperties: false }) },
      },
    },
    async () => ({ key: applicationServerKey(ctx.keys) }),
  )
}
