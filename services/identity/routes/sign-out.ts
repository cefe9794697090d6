import { Type } from 'typebox'
import { demandOwnOrigin, digestOf, sessionCookieOf } from '../../../src/auth.ts'
import { demandOwnForm } from '../../../src/csrf.ts'
import type { Route } from '../../../src/service.ts'
import { takeForms } from '../forms.ts'
import { cookieOptions } from '../session-cookie.ts'

/** Ends the session of this browser. Without one it does nothing and answers the same. */
export const signOut: Route = async (app, ctx) => {
  const cookieName = sessionCookieOf(ctx.config)
  await takeForms(app, (scope) =>
    scope.post(
      '/sign-out',
      {
        config: { authority: 'public' },
        schema: { hide: true, body: Type.Object({ csrf: Type.Optional(Type.String()) }) },
      },
      async (request, reply) => {
        // Another site's form comes without the cookie, and the answer would still take it away.
        demandOwnOrigin(request, ctx.config)
        const session = request.cookies[cookieName]
        if (session !== undefined) {
          demandOwnForm(ctx, request, request.body.csrf)
          await ctx.db.call('identity.end_sessions', [{ id_hash: digestOf(session) }])
          ctx.bus.wake('access')
        }
        return reply.clearCookie(cookieName, cookieOptions(ctx.config)).redirect('/', 303)
      },
    ),
  )
}
