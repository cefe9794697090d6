import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import type { Route } from '../../../src/service.ts'
import { takeForms } from '../forms.ts'
import { readLogoutToken } from '../oidc/logout-token.ts'
import { createRelyingParty } from '../oidc/relying-party.ts'

/** When a provider may come again whose keys could not be had, in seconds. */
const AGAIN_S = 30

/** Where an agency's identity provider says that somebody has signed out there. */
export const providerLogout: Route = async (app, ctx) => {
  const party = createRelyingParty(app, ctx)

  const end = async (token: string): Promise<boolean> => {
    const logout = await readLogoutToken(ctx, party, token)
    if (logout === null) return false
    const { provider, subject, sid, jti, issuedAt, goodUntil } = logout
    const { issuer, client_id } = provider
    const digest = createHash('sha256').update(JSON.stringify(['logout', issuer, jti]))
    const row = { issuer, client_id, subject, sid, issued_at: issuedAt, good_until: goodUntil }
    const [answer] = await ctx.db.call<{ result: string; ended: number }>(
      'identity.end_by_provider',
      [{ ...row, digest: digest.digest('hex') }],
    )
    if (answer?.result !== 'ok') return false
    ctx.bus.wake('access')
    ctx.bus.wake('ledger')
    return true
  }

  await takeForms(app, (scope) =>
    scope.post(
      '/sign-in/backchannel-logout',
      {
        config: { authority: 'public' },
        schema: {
          hide: true,
          body: Type.Object({
            logout_token: Type.String({ maxLength: 8_192, pattern: '^[A-Za-z0-9_.-]+$' }),
          }),
        },
      },
      async (request, reply) => {
        void reply.header('cache-control', 'no-store')
        let isEnded: boolean
        try {
          isEnded = await end(request.body.logout_token)
        } catch (error) {
          // Section 2.8 answers 400 for what is wrong with the token; here nothing was found wrong with it.
          ctx.log.warn({ err: error }, 'a sign-out at an identity provider was not followed')
          void reply.header('retry-after', String(AGAIN_S))
          return reply.code(503).send({ error: 'temporarily_unavailable' })
        }
        if (isEnded) return reply.code(200).send({})
        ctx.log.warn('a logout token was refused')
        return reply.code(400).send({ error: 'invalid_request' })
      },
    ),
  )
}
