import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { demandOwnOrigin } from '../../../src/auth.ts'
import { languageOf, type Language, type Text } from '../../../src/problem.ts'
import type { Context, Route } from '../../../src/service.ts'
import { createProver, type Proof } from '../accounts/prover.ts'
import { hasPasskeys, signInOptions } from '../accounts/passkey.ts'
import { takeForms } from '../forms.ts'
import { ACR } from '../oidc/relying-party.ts'
import { providerOf } from '../oidc/provider.ts'
import { escape, sendPage } from '../page.ts'

const TEXTS = {
  title: { id: 'Masuk', en: 'Sign in' },
  passkey: { id: 'Masuk dengan kunci sandi', en: 'Sign in with a passkey' },
  passkeyAbout: {
    id: 'Kunci sandi ada di ponsel atau komputer Anda, dibuka dengan sidik jari, wajah atau PIN.',
    en: 'A passkey is in your phone or computer, opened with a fingerprint, a face or a PIN.',
  },
  other: { id: 'Dengan kata sandi dan kode', en: 'With a password and a code' },
  login: { id: 'Nama masuk', en: 'Sign-in name' },
  password: { id: 'Kata sandi', en: 'Password' },
  code: {
    id: 'Kode 6 angka dari aplikasi, atau kode cadangan',
    en: 'Six-digit code of the app, or a recovery code',
  },
  go: { id: 'Masuk', en: 'Sign in' },
  agency: { id: 'Lembaga saya punya akun sendiri', en: 'My agency has accounts of its own' },
  wrong: {
    id: 'Belum cocok. Periksa nama masuk, kata sandi dan kode, lalu coba lagi. Kode berganti setiap 30 detik.',
    en: 'That does not fit. Check name, password and code, then try again. The code changes every 30 seconds.',
  },
  slow: {
    id: 'Terlalu banyak percobaan. Tunggu 15 menit, atau pakai kunci sandi. Bila lupa, minta undangan baru kepada penyelia Anda.',
    en: 'Too many tries. Wait 15 minutes, or use a passkey. If you forgot, ask your supervisor for a new invitation.',
  },
} as const satisfies Record<string, Text>

const Params = Type.Object({ uid: Type.String({ maxLength: 100 }) })
const Body = Type.Object({
  login: Type.Optional(Type.String({ maxLength: 200 })),
  password: Type.Optional(Type.String({ maxLength: 400 })),
  code: Type.Optional(Type.String({ maxLength: 40 })),
  passkey: Type.Optional(Type.String({ maxLength: 12_000 })),
})

const passkeyForm = async (ctx: Context, uid: string, language: Language): Promise<string> => {
  if (!hasPasskeys(ctx)) return ''
  const options = escape(JSON.stringify(await signInOptions(ctx, uid)))
  return `<form method="post" data-passkey="get" data-options="${options}" hidden>
<p class="hint">${TEXTS.passkeyAbout[language]}</p>
<input type="hidden" name="passkey"><button>${TEXTS.passkey[language]}</button></form>
<h2>${TEXTS.other[language]}</h2>`
}

const sendForm = async (
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  uid: string,
  failure: 'wrong' | 'slow' | null,
): Promise<FastifyReply> => {
  const language = languageOf(request.headers['accept-language'])
  const error =
    failure === null ? '' : `<p class="error" role="alert">${TEXTS[failure][language]}</p>`
  return sendPage(reply, failure === null ? 200 : failure === 'slow' ? 429 : 403, {
    language,
    title: `${TEXTS.title[language]} – Titian`,
    aside: '',
    script: '/sign-in/passkey.js',
    main: `<h1>${TEXTS.title[language]}</h1>
${error}
${await passkeyForm(ctx, uid, language)}
<form method="post">
<label for="login">${TEXTS.login[language]}</label>
<input id="login" name="login" required autocomplete="username webauthn" autocapitalize="none" spellcheck="false">
<label for="password">${TEXTS.password[language]}</label>
<input id="password" name="password" type="password" required autocomplete="current-password">
<label for="one-time">${TEXTS.code[language]}</label>
<input id="one-time" name="code" required autocomplete="one-time-code" autocapitalize="characters">
<button>${TEXTS.go[language]}</button></form>
<p><a href="/sign-in/agency">${TEXTS.agency[language]}</a></p>`,
  })
}

/** The hub's own sign-in page: what its issuer asks a person to prove who they are. */
export const prove: Route = async (app, ctx) => {
  const provider = providerOf(ctx)
  const prover = createProver(ctx)

  /** The sign-in that this browser is in the middle of; null when it is another one, or over. */
  const findInteraction = async (request: FastifyRequest, reply: FastifyReply, uid: string) => {
    const found = await provider.interactionDetails(request.raw, reply.raw).catch(() => null)
    return found?.uid === uid ? found : null
  }

  app.get(
    '/sign-in/with/:uid',
    { config: { authority: 'public' }, schema: { hide: true, params: Params } },
    async (request, reply) => {
      const { uid } = request.params
      const found = await findInteraction(request, reply, uid)
      if (found === null) return reply.redirect('/sign-in/failed', 303)
      return await sendForm(ctx, request, reply, uid, null)
    },
  )

  await takeForms(app, (scope) =>
    scope.post(
      '/sign-in/with/:uid',
      { config: { authority: 'public' }, schema: { hide: true, params: Params, body: Body } },
      async (request, reply) => {
        demandOwnOrigin(request, ctx.config)
        const { uid } = request.params
        const found = await findInteraction(request, reply, uid)
        if (found === null) return reply.redirect('/sign-in/failed', 303)
        const { login = '', password = '', code = '', passkey } = request.body
        const proof: Proof = passkey
          ? await prover.byPasskey(uid, passkey)
          : await prover.byPassword({ login, password, code, address: request.ip })
        if (proof.outcome !== 'ok') return await sendForm(ctx, request, reply, uid, proof.outcome)
        const acr = passkey ? ACR.passkey : ACR.password
        const result = { login: { accountId: proof.person, acr, remember: false } }
        const next = await provider.interactionResult(request.raw, reply.raw, result)
        return reply.redirect(next, 303)
      },
    ),
  )
}
