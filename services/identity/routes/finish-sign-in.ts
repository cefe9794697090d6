import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import { digestOf, sessionCookieOf } from '../../../src/auth.ts'
import { languageOf, type Text } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { loginCookieOf, openLogin, secretsOf } from '../oidc/login.ts'
import {
  ACR,
  callbackOf,
  createRelyingParty,
  findProvider,
  OWN,
  type Arrival,
} from '../oidc/relying-party.ts'
import { sendPage } from '../page.ts'
import { cookieOptions } from '../session-cookie.ts'

const TEXTS = {
  title: { id: 'Belum berhasil masuk', en: 'Not signed in' },
  cure: {
    id: 'Mulailah sekali lagi. Masuk harus selesai dalam 10 menit, di peramban yang sama.',
    en: 'Begin once more. Signing in must be finished within 10 minutes, in the same browser.',
  },
  invited: {
    id: 'Hub ini hanya untuk yang diundang. Bila akun Anda baru, buka tautan undangan Anda dahulu. Bila belum punya, minta kepada penyelia Anda.',
    en: 'This hub is for those who were invited. If your account is new, open the link of your invitation first. If you have none, ask your supervisor.',
  },
  again: { id: 'Masuk', en: 'Sign in' },
} as const satisfies Record<string, Text>

/** Where the browser comes back to from the issuer; opens the session. */
export const finishSignIn: Route = (app, ctx) => {
  const party = createRelyingParty(app, ctx)
  const sessionCookie = sessionCookieOf(ctx.config)
  const loginCookie = loginCookieOf(ctx.config)

  const open = async (
    { subject, issuer, authenticatedAt, acr, sid }: Arrival,
    isOwn: boolean,
    invitation: string | null,
    before: string | undefined,
  ): Promise<{ readonly session: string; readonly outcome: string }> => {
    const session = randomBytes(32).toString('base64url')
    const local = { person: subject, method: acr === ACR.passkey ? 'passkey' : 'password' }
    const row = {
      ...(isOwn ? local : { issuer, subject, method: 'provider', invitation, sid }),
      id_hash: digestOf(session),
      authenticated_at: authenticatedAt,
      before: digestOf(before ?? ''),
    }
    const [answer] = await ctx.db.call<{ outcome: string }>('identity.open_sessions', [row])
    ctx.bus.wake('ledger')
    ctx.bus.wake('access')
    return { session, outcome: answer?.outcome ?? 'unknown' }
  }

  app.get(
    '/sign-in/callback',
    { config: { authority: 'public' }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => {
      const cookie = request.cookies[loginCookie]
      void reply.clearCookie(loginCookie, cookieOptions(ctx.config))
      const login = openLogin(ctx.keys, cookie)
      const provider = login === null ? null : await findProvider(ctx, login.provider)
      if (login === null || provider === null || cookie === undefined) {
        return reply.redirect('/sign-in/failed', 303)
      }
      const url = new URL(callbackOf(ctx.config.publicUrl))
      url.search = request.url.slice(request.url.indexOf('?'))
      let arrival: Arrival
      try {
        arrival = await party.finish(provider, url, secretsOf(ctx.keys, cookie))
      } catch (error) {
        ctx.log.warn({ err: error }, 'sign-in not finished')
        return reply.redirect('/sign-in/failed', 303)
      }
      const before = request.cookies[sessionCookie]
      const isOwn = login.provider === OWN
      const { session, outcome } = await open(arrival, isOwn, login.invitation, before)
      if (outcome === 'signed_out') return reply.redirect('/sign-in/failed', 303)
      if (outcome !== 'ok') return reply.redirect('/sign-in/failed?why=invitation', 303)
      return reply
        .setCookie(sessionCookie, session, cookieOptions(ctx.config))
        .redirect(login.returnTo, 303)
    },
  )

  app.get(
    '/sign-in/failed',
    {
      config: { authority: 'public' },
      schema: { hide: true, querystring: Type.Object({ why: Type.Optional(Type.String()) }) },
    },
    (request, reply) => {
      const language = languageOf(request.headers['accept-language'])
      const cure = request.query.why === 'invitation' ? TEXTS.invited : TEXTS.cure
      return sendPage(reply, 403, {
        language,
        title: `${TEXTS.title[language]} – Titian`,
        aside: '',
        main: `<h1>${TEXTS.title[language]}</h1>
<p>${cure[language]}</p>
<p><a class="button" href="/sign-in">${TEXTS.again[language]}</a></p>`,
      })
    },
  )

  /** For agencies that register this hub as a client of their identity provider. */
  app.get(
    '/sign-in/jwks.json',
    { config: { authority: 'public' }, schema: { hide: true } },
    () => ({ keys: [ctx.keys.web.publicJwk] }),
  )
}
