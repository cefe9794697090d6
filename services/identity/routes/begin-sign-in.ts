import { Type } from 'typebox'
import { digestOf } from '../../../src/auth.ts'
import { languageOf, type Text } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { loginCookieOf, loginCookieOptions, sealLogin, secretsOf } from '../oidc/login.ts'
import { createRelyingParty, findProvider, OWN } from '../oidc/relying-party.ts'
import { escape, sendPage } from '../page.ts'
import { safeReturn } from '../return-to.ts'

const TEXTS = {
  title: { id: 'Masuk lewat lembaga Anda', en: 'Sign in through your agency' },
  about: {
    id: 'Bila lembaga Anda punya akun sendiri, tulis kode lembaganya. Kode itu ada di undangan Anda.',
    en: 'If your agency has accounts of its own, write its code. The code is in your invitation.',
  },
  code: { id: 'Kode lembaga', en: 'Code of the agency' },
  next: { id: 'Lanjutkan', en: 'Continue' },
  unknown: {
    id: 'Kode itu tidak dikenal. Periksa tulisannya, atau tanyakan kepada penyelia Anda.',
    en: 'That code is not known. Check how it is written, or ask your supervisor.',
  },
  leaving: {
    id: 'Anda akan masuk di halaman lembaga Anda, lalu kembali ke sini:',
    en: 'You will sign in on a page of your agency, then come back here:',
  },
  away: {
    id: 'Halaman masuk lembaga Anda tidak menjawab',
    en: 'Your agency’s sign-in does not answer',
  },
  later: {
    id: 'Coba lagi sebentar lagi. Bila tetap begini, hubungi bagian TI lembaga Anda.',
    en: 'Try again in a moment. If it stays like this, tell your agency’s technicians.',
  },
} as const satisfies Record<string, Text>

const Query = Type.Object({
  provider: Type.Optional(Type.String({ maxLength: 64 })),
  return_to: Type.Optional(Type.String({ maxLength: 512 })),
  invitation: Type.Optional(Type.String({ maxLength: 64 })),
})
const AgencyQuery = Type.Object({ code: Type.Optional(Type.String({ maxLength: 64 })) })

/** Sends the browser to the hub's own issuer, or to an agency's identity provider. */
export const beginSignIn: Route = (app, ctx) => {
  const party = createRelyingParty(app, ctx)

  app.get(
    '/sign-in',
    { config: { authority: 'public' }, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const { provider: handle = OWN, return_to, invitation } = request.query
      const language = languageOf(request.headers['accept-language'])
      const provider = await findProvider(ctx, handle)
      if (provider === null) return reply.redirect('/sign-in/agency?code=-', 303)
      const cookie = sealLogin(ctx.keys, {
        provider: handle,
        returnTo: safeReturn(return_to, ctx.config.publicUrl),
        invitation: invitation === undefined ? null : digestOf(invitation),
      })
      try {
        const url = await party.begin(provider, secretsOf(ctx.keys, cookie))
        return await reply
          .setCookie(loginCookieOf(ctx.config), cookie, loginCookieOptions(ctx.config))
          .redirect(url.href, 303)
      } catch (error) {
        ctx.log.warn({ err: error }, 'identity provider does not answer')
        return sendPage(reply, 502, {
          language,
          title: `${TEXTS.away[language]} – Titian`,
          aside: '',
          main: `<h1>${TEXTS.away[language]}</h1>\n<p>${TEXTS.later[language]}</p>`,
        })
      }
    },
  )

  app.get(
    '/sign-in/agency',
    { config: { authority: 'public' }, schema: { hide: true, querystring: AgencyQuery } },
    async (request, reply) => {
      const language = languageOf(request.headers['accept-language'])
      const code = request.query.code?.trim().toLowerCase()
      const found = code === undefined || code === OWN ? null : await findProvider(ctx, code)
      const error =
        code === undefined ? '' : `<p class="error" role="alert">${TEXTS.unknown[language]}</p>`
      const form = `${error}<p>${TEXTS.about[language]}</p>
<form method="get" action="/sign-in/agency"><label for="code">${TEXTS.code[language]}</label>
<input id="code" name="code" required maxlength="64" autocomplete="organization" autocapitalize="none">
<button>${TEXTS.next[language]}</button></form>`
      const leave =
        found === null
          ? form
          : `<p>${TEXTS.leaving[language]} <strong>${escape(new URL(found.issuer).host)}</strong></p>
<p><a class="button" href="/sign-in?provider=${encodeURIComponent(found.handle)}">${TEXTS.next[language]}</a></p>`
      return sendPage(reply, 200, {
        language,
        title: `${TEXTS.title[language]} – Titian`,
        aside: '',
        main: `<h1>${TEXTS.title[language]}</h1>\n${leave}`,
      })
    },
  )
}
