import { demandOwnOrigin, digestOf, sessionCookieOf } from '../../../src/auth.ts'
import type { Route } from '../../../src/service.ts'
import { cookieOptions } from '../session-cookie.ts'

/** Ends the session of this browser. Without one it does nothing and answers the same. */
export const signOut: Route = async (app, ctx) => {
  const cookieName = sessionCookieOf(ctx.config)
  await app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 1024 },
      (_request, _body, done) => done(null, null),
    )
    scope.post(
      '/sign-out',
      { config: { authority: 'public' }, schema: { hide: true } },
      async (request, reply) => {
        demandOwnOrigin(request, ctx.config)
        const session = request.cookies[cookieName]
        if (session !== undefined) {
          await ctx.db.call('identity.end_sessions', [{ id_hash: digestOf(session) }])
        }
        return reply.clearCookie(cookieName, cookieOptions(ctx.config)).redirect('/', 303)
      },
    )
  })
}
