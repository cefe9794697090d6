import { randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { digestOf, sessionCookieOf } from '../../../src/auth.ts'
import { languageOf, Problem, type Text } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { sendPage } from '../page.ts'
import { cookieOptions } from '../session-cookie.ts'

interface Used {
  readonly i: number
  readonly outcome: 'ok' | 'unknown' | 'used' | 'expired' | 'inactive'
}

const TITLES = {
  unknown: { id: 'Tautan masuk ini tidak dikenal', en: 'This sign-in link is not known' },
  used: { id: 'Tautan masuk ini sudah dipakai', en: 'This sign-in link was already used' },
  expired: { id: 'Tautan masuk ini sudah lewat waktu', en: 'This sign-in link has run out' },
  inactive: { id: 'Akun ini tidak aktif', en: 'This account is not active' },
} as const satisfies Record<Exclude<Used['outcome'], 'ok'>, Text>

const CURE: Text = {
  id: 'Sebuah tautan hanya berlaku sekali, selama 10 menit. Minta tautan baru kepada pengelola hub ini. Hub peragaan mencetak tautan baru setiap kali dimulai.',
  en: 'A link works once, within 10 minutes. Ask whoever runs this hub for a new one. A demonstration hub prints new links at every start.',
}

const NOT_YOU: Text = {
  id: 'Bila Anda sendiri belum pernah membukanya, beri tahu pengelola: mungkin orang lain yang memakainya.',
  en: 'If you did not open it yourself before, tell them: somebody else may have used it.',
}

const sendRefusal = (
  reply: FastifyReply,
  outcome: Exclude<Used['outcome'], 'ok'>,
  acceptLanguage: string | undefined,
): FastifyReply => {
  const language = languageOf(acceptLanguage)
  const other = language === 'id' ? 'en' : 'id'
  const title = TITLES[outcome]
  const warning = (of: 'id' | 'en') => (outcome === 'used' ? `<p>${NOT_YOU[of]}</p>` : '')
  return sendPage(reply, outcome === 'unknown' ? 404 : 410, {
    language,
    title: `${title[language]} – Titian`,
    aside: '',
    main: `<h1>${title[language]}</h1>
<p>${CURE[language]}</p>
${warning(language)}
<section lang="${other}"><h2>${title[other]}</h2>
<p>${CURE[other]}</p>
${warning(other)}</section>`,
  })
}

/** Demonstration only: a link that signs its person in, once. */
export const signIn: Route = (app, ctx) => {
  const useLink = ctx.db.gathered<{ code_hash: string; id_hash: string }, Used>(
    'identity.use_sign_in_links',
  )
  app.get(
    '/sign-in/:code',
    {
      config: { authority: 'public' },
      // Whoever asks for the head alone, such as a link preview, MUST NOT use the link up.
      exposeHeadRoute: false,
      schema: {
        hide: true,
        params: Type.Object({ code: Type.String() }, { additionalProperties: false }),
      },
    },
    async (request, reply) => {
      if (!ctx.config.demonstration) throw new Problem('not_found')
      const session = randomBytes(32).toString('base64url')
      const { outcome } = await useLink({
        code_hash: digestOf(request.params.code),
        id_hash: digestOf(session),
      })
      if (outcome !== 'ok') return sendRefusal(reply, outcome, request.headers['accept-language'])
      return reply
        .setCookie(sessionCookieOf(ctx.config), session, cookieOptions(ctx.config))
        .redirect('/', 303)
    },
  )
}
