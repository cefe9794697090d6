import { HsdsAbout } from '../../../src/contracts/hsds.ts'
import type { Route } from '../../../src/service.ts'

/** Which standard and which profile of it this is: all that anybody may ask without signing in. */
export const hsdsAbout: Route = (app, ctx) => {
  app.get(
    '/hsds',
    {
      config: { authority: 'public' },
      schema: {
        summary: 'HSDS: version, profile and OpenAPI document',
        tags: ['hsds'],
        response: { 200: HsdsAbout },
      },
    },
    () => ({
      version: '3.1',
      profile: `${ctx.config.publicUrl}/docs#/hsds`,
      openapi_url: `${ctx.config.publicUrl}/openapi.json`,
    }),
  )
}
