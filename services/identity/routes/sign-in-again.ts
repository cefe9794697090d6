import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { createAuthenticator, digestOf, sessionCookieOf } from '../../../src/auth.ts'
import { STEP_UP_PAGE } from '../../../src/challenge.ts'
import { demandOwnForm } from '../../../src/csrf.ts'
import { languageOf, type Text } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { csrfInput, takeForms } from '../forms.ts'
import { escape, sendPage } from '../page.ts'
import { safeReturn } from '../return-to.ts'
import { cookieOptions } from '../session-cookie.ts'

const TEXTS = {
  title: { id: 'Buktikan lagi bahwa ini Anda', en: 'Prove again that it is you' },
  why: {
    id: 'Langkah berikutnya penting: ekspor, pergantian kunci, atau akses darurat. Karena itu kami bertanya sekali lagi.',
    en: 'The next step matters: an export, a change of keys, or emergency access. So we ask once more.',
  },
  demonstration: {
    id: 'Hub ini peragaan dan Anda orang rekaan: satu tombol cukup. Pada hub sungguhan di sini diminta kunci sandi, atau kata sandi dengan kode.',
    en: 'This hub is a demonstration and you are a fictional person: one button is enough. A real hub asks here for a passkey, or a password with a code.',
  },
  go: { id: 'Ya, ini saya', en: 'Yes, it is me' },
} as const satisfies Record<string, Text>

const Query = Type.Object({ return_to: Type.Optional(Type.String({ maxLength: 512 })) })
const Body = Type.Object({ csrf: Type.String(), return_to: Type.Optional(Type.String()) })

interface Way {
  readonly method: string | null
  /** Handle of the agency's own identity provider. */
  readonly provider: string | null
}

/** Where a person proves again who they are, for what demands a recent proof. */
export const signInAgain: Route = async (app, ctx) => {
  const authenticate = createAuthenticator(ctx)
  const cookieName = sessionCookieOf(ctx.config)

  /** How the person of this session proved who they are. */
  const wayOf = async (request: FastifyRequest) => {
    const id_hash = digestOf(request.cookies[cookieName] ?? '')
    const [row] = await ctx.db.call<Way>('identity.session_ways', [{ id_hash }])
    return row
  }

  app.get(
    STEP_UP_PAGE,
    { config: { authority: 'public' }, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const actor = await authenticate(request)
      const path = safeReturn(request.query.return_to, ctx.config.publicUrl)
      const way = await wayOf(request)
      if (actor === null || way?.method !== 'demonstration') {
        const provider = way?.provider == null ? '' : `provider=${way.provider}&`
        return reply.redirect(`/sign-in?${provider}return_to=${encodeURIComponent(path)}`, 303)
      }
      const language = languageOf(request.headers['accept-language'])
      return sendPage(reply, 200, {
        language,
        title: `${TEXTS.title[language]} – Titian`,
        aside: '',
        main: `<h1>${TEXTS.title[language]}</h1>
<p>${TEXTS.why[language]}</p>
<p>${TEXTS.demonstration[language]}</p>
<form method="post" action="${STEP_UP_PAGE}">${csrfInput(ctx, request)}
<input type="hidden" name="return_to" value="${escape(path)}">
<button>${TEXTS.go[language]}</button></form>`,
      })
    },
  )

  await takeForms(app, (scope) =>
    scope.post(
      STEP_UP_PAGE,
      { config: { authority: 'public' }, schema: { hide: true, body: Body } },
      async (request, reply) => {
        demandOwnForm(ctx, request, request.body.csrf)
        const before = request.cookies[cookieName] ?? ''
        const session = randomBytes(32).toString('base64url')
        const ask = { before: digestOf(before), id_hash: digestOf(session) }
        const [row] = ctx.config.demonstration
          ? await ctx.db.call<{ renewed: boolean }>('identity.authenticate_again', [ask])
          : []
        if (row?.renewed !== true) return reply.redirect('/', 303)
        return reply
          .setCookie(cookieName, session, cookieOptions(ctx.config))
          .redirect(safeReturn(request.body.return_to, ctx.config.publicUrl), 303)
      },
    ),
  )
}
