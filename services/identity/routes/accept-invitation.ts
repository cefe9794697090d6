import { createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DateTime } from 'luxon'
import { Type, type Static } from 'typebox'
import { renderSVG } from 'uqr'
import { demandOwnOrigin, digestOf } from '../../../src/auth.ts'
import { languageOf, type Language } from '../../../src/problem.ts'
import type { Context, Route } from '../../../src/service.ts'
import { hasPasskeys, readRegistration, registrationOptions } from '../accounts/passkey.ts'
import { hashPassword, PASSWORD_LENGTH } from '../accounts/password.ts'
import { newRecoveryCodes, recoveryDigest } from '../accounts/recovery.ts'
import { base32, sealSecret, stepOfCode, totpUri } from '../accounts/totp.ts'
import { takeForms } from '../forms.ts'
import { INVITATION_TEXTS as TEXTS } from '../invitation-texts.ts'
import { escape, sendPage } from '../page.ts'
import { PASSKEY_SCRIPT } from '../passkey-script.ts'

interface Invited {
  readonly person: string
  readonly display_name: string
  readonly provider: string | null
  /** Not good before then; null: good now. */
  readonly waits_until: Date | null
}

const Params = Type.Object({ code: Type.String({ maxLength: 100 }) })
const Body = Type.Object({
  password: Type.Optional(Type.String({ maxLength: 400 })),
  code: Type.Optional(Type.String({ maxLength: 40 })),
  passkey: Type.Optional(Type.String({ maxLength: 12_000 })),
})
type Body = Static<typeof Body>

/** What a new account starts with; all of it follows from the invitation, so that no form carries it. */
const beginningOf = ({ keys }: Context, code: string, invited: Invited) => {
  const part = (purpose: string): Buffer =>
    createHmac('sha256', keys.derive('invitation')).update(`${purpose}\n${code}`).digest()
  const first = invited.display_name
    .normalize('NFKD')
    .toLowerCase()
    .match(/[a-z0-9]+/)?.[0]
  const suffix = base32(part('login')).slice(0, 5).toLowerCase()
  return {
    login: `${(first ?? 'orang').slice(0, 20)}-${suffix}`,
    secret: part('totp').subarray(0, 20),
  }
}
type Beginning = ReturnType<typeof beginningOf>

const passkeyForm = async (
  ctx: Context,
  code: string,
  invited: Invited,
  { login }: Beginning,
  language: Language,
): Promise<string> => {
  if (!hasPasskeys(ctx)) return ''
  const who = { person: invited.person, login, displayName: invited.display_name }
  const options = escape(JSON.stringify(await registrationOptions(ctx, code, who)))
  return `<form method="post" data-passkey="create" data-options="${options}" hidden>
<p>${TEXTS.passkeyAbout[language]}</p>
<input type="hidden" name="passkey"><button>${TEXTS.passkey[language]}</button></form>
<h2>${TEXTS.other[language]}</h2>`
}

const passwordForm = (
  { login, secret }: Beginning,
  language: Language,
): string => `<form method="post">
<p>${TEXTS.login[language]}: <strong>${login}</strong></p>
<input type="hidden" name="login" autocomplete="username" value="${login}">
<label for="password">${TEXTS.password[language]}</label>
<p class="hint" id="rule">${TEXTS.rule[language]}</p>
<input id="password" name="password" type="password" required minlength="${PASSWORD_LENGTH.least}"
 maxlength="${PASSWORD_LENGTH.most}" autocomplete="new-password" aria-describedby="rule">
<p>${TEXTS.app[language]}</p>
<div class="picture">${renderSVG(totpUri(secret, login))}</div>
<p class="hint">${TEXTS.secret[language]} <code>${base32(secret).replaceAll(/.{4}/g, '$& ').trim()}</code></p>
<label for="one-time">${TEXTS.code[language]}</label>
<input id="one-time" name="code" required inputmode="numeric" autocomplete="one-time-code">
<button>${TEXTS.make[language]}</button></form>`

const sendUnknown = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const language = languageOf(request.headers['accept-language'])
  return sendPage(reply, 404, {
    language,
    title: `${TEXTS.unknown[language]} – Titian`,
    aside: '',
    main: `<h1>${TEXTS.unknown[language]}</h1>\n<p>${TEXTS.unknownCure[language]}</p>`,
  })
}

const sendWaiting = (
  request: FastifyRequest,
  reply: FastifyReply,
  { waits_until: from }: Invited,
): FastifyReply => {
  const language = languageOf(request.headers['accept-language'])
  const when = DateTime.fromJSDate(new Date(from ?? 0), { zone: 'Asia/Jakarta' }).setLocale(
    language,
  )
  return sendPage(reply, 409, {
    language,
    title: `${TEXTS.title[language]} – Titian`,
    aside: '',
    main: `<h1>${TEXTS.waiting[language]}</h1>
<p>${TEXTS.waitingCure[language]}</p>
<p><strong>${when.toFormat('d LLLL yyyy, HH:mm')} WIB</strong></p>`,
  })
}

const sendForm = async (
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  code: string,
  invited: Invited,
  failure: 'rule' | 'wrongCode' | 'wrongPasskey' | null,
): Promise<FastifyReply> => {
  const language = languageOf(request.headers['accept-language'])
  const beginning = beginningOf(ctx, code, invited)
  const error =
    failure === null ? '' : `<p class="error" role="alert">${TEXTS[failure][language]}</p>`
  const leave = `<p>${TEXTS.leave[language]}</p>
<p><a class="button" href="/sign-in?provider=${invited.provider}&amp;invitation=${escape(code)}">${TEXTS.next[language]}</a></p>`
  const make = `${error}${await passkeyForm(ctx, code, invited, beginning, language)}
${passwordForm(beginning, language)}`
  return sendPage(reply, failure === null ? 200 : 400, {
    language,
    title: `${TEXTS.title[language]} – Titian`,
    aside: '',
    script: '/sign-in/passkey.js',
    main: `<h1>${TEXTS.title[language]}</h1>
<p>${TEXTS.welcome[language]} <strong>${escape(invited.display_name)}</strong></p>
${invited.provider === null ? make : leave}`,
  })
}

const sendMade = (
  request: FastifyRequest,
  reply: FastifyReply,
  login: string,
  codes: readonly string[],
): FastifyReply => {
  const language = languageOf(request.headers['accept-language'])
  const list = codes.map((code) => `<li>${code}</li>`).join('')
  const kept = `<p>${TEXTS.login[language]}: <strong>${login}</strong></p>
<p>${TEXTS.codes[language]}</p><ul class="codes">${list}</ul>`
  return sendPage(reply, 201, {
    language,
    title: `${TEXTS.made[language]} – Titian`,
    aside: '',
    main: `<h1>${TEXTS.made[language]}</h1>
${codes.length === 0 ? '' : kept}
<p><a class="button" href="/sign-in">${TEXTS.signIn[language]}</a></p>`,
  })
}

/** Redeems an invitation: the one way to an account of this hub, or to the provider of an agency. */
export const acceptInvitation: Route = async (app, ctx) => {
  const find = async (code: string): Promise<Invited | null> => {
    const asked = [{ code_hash: digestOf(code) }]
    const [row] = await ctx.db.call<Partial<Invited>>('identity.find_invitations', asked)
    return row?.person == null ? null : (row as Invited)
  }

  const redeem = async (code: string, account: object): Promise<boolean> => {
    const row = { code_hash: digestOf(code), ...account }
    const [answer] = await ctx.db.call<{ person: string | null }>('identity.redeem_invitations', [
      row,
    ])
    ctx.bus.wake('ledger')
    ctx.bus.wake('access')
    return answer?.person != null
  }

  /** The account that the form asks for, or what is wrong with it. */
  const accountOf = async (code: string, invited: Invited, body: Body) => {
    const { login, secret } = beginningOf(ctx, code, invited)
    if (body.passkey) {
      const passkey = await readRegistration(ctx, code, body.passkey)
      return passkey === null ? 'wrongPasskey' : { account: { login, passkey }, codes: [] }
    }
    const { password = '' } = body
    const { length } = password
    if (length < PASSWORD_LENGTH.least || length > PASSWORD_LENGTH.most) return 'rule'
    const step = stepOfCode(secret, (body.code ?? '').replaceAll(/\s/g, ''))
    if (step === null) return 'wrongCode'
    const codes = newRecoveryCodes()
    const account = {
      login,
      password_hash: await hashPassword(password),
      totp_sealed: sealSecret(ctx.keys, secret, invited.person).toString('hex'),
      totp_step: step,
      recovery: codes.map((each) => recoveryDigest(ctx.keys, each)),
    }
    return { account, codes }
  }

  app.get(
    '/invitation/:code',
    {
      config: { authority: 'public' },
      exposeHeadRoute: false,
      schema: { hide: true, params: Params },
    },
    async (request, reply) => {
      const { code } = request.params
      const invited = await find(code)
      if (invited === null) return sendUnknown(request, reply)
      if (invited.waits_until !== null) return sendWaiting(request, reply, invited)
      return await sendForm(ctx, request, reply, code, invited, null)
    },
  )

  await takeForms(app, (scope) =>
    scope.post(
      '/invitation/:code',
      { config: { authority: 'public' }, schema: { hide: true, params: Params, body: Body } },
      async (request, reply) => {
        demandOwnOrigin(request, ctx.config)
        const { code } = request.params
        const invited = await find(code)
        if (invited === null || invited.provider !== null) return sendUnknown(request, reply)
        if (invited.waits_until !== null) return sendWaiting(request, reply, invited)
        const made = await accountOf(code, invited, request.body)
        if (typeof made === 'string') {
          return await sendForm(ctx, request, reply, code, invited, made)
        }
        if (!(await redeem(code, made.account))) return sendUnknown(request, reply)
        return sendMade(request, reply, made.account.login, made.codes)
      },
    ),
  )

  app.get(
    '/sign-in/passkey.js',
    { config: { authority: 'public' }, schema: { hide: true } },
    (_request, reply) =>
      reply.header('content-type', 'text/javascript; charset=utf-8').send(PASSKEY_SCRIPT),
  )
}
