import { Type } from 'typebox'
import type { Actor } from '../../../src/actor.ts'
import { createAuthenticator } from '../../../src/auth.ts'
import { oneOf, type Role } from '../../../src/contracts/codes.ts'
import { languageOf, type Language, type Text } from '../../../src/problem.ts'
import type { Context, Route } from '../../../src/service.ts'
import { csrfInput } from '../forms.ts'
import { escape, sendPage } from '../page.ts'

const TEXTS = {
  title: {
    id: 'Titian – penghubung rujukan antarlembaga',
    en: 'Titian – a referral hub between agencies',
  },
  heading: {
    id: 'Agar tidak ada yang terputus di tengah jalan',
    en: 'So that nobody is lost on the way',
  },
  about: {
    id: 'Titian menghubungkan lembaga-lembaga yang mendampingi penyintas perdagangan orang. Lembaga saling merujuk di sini: hanya dengan persetujuan penyintas, hanya kepada penerima yang disebut, dan setiap keputusan tercatat.',
    en: 'Titian connects the agencies that stand by survivors of human trafficking. Agencies hand over to one another here: with the survivor’s consent alone, to the named recipient alone, and with every decision on the record.',
  },
  you: { id: 'Anda', en: 'You' },
  role: { id: 'Peran', en: 'Role' },
  agency: { id: 'Lembaga', en: 'Agency' },
  unknownAgency: { id: 'belum ada di direktori', en: 'not in the directory yet' },
  hub: { id: 'Bekerja untuk hub ini sendiri', en: 'Works for this hub itself' },
  signOut: { id: 'Keluar', en: 'Sign out' },
  nobody: { id: 'Anda belum masuk.', en: 'You are not signed in.' },
  link: {
    id: 'Buka salah satu tautan masuk yang dicetak hub ini di terminal saat dimulai. Setiap tautan berlaku sekali, selama 10 menit.',
    en: 'Open one of the sign-in links that this hub printed in the terminal when it started. Each works once, within 10 minutes.',
  },
  invited: {
    id: 'Hub ini hanya untuk yang diundang. Undangan datang dari penyelia lembaga Anda.',
    en: 'This hub is for those who were invited. Invitations come from the supervisor of your agency.',
  },
  signIn: { id: 'Masuk', en: 'Sign in' },
  programs: { id: 'Untuk pembuat program', en: 'For those who build programs' },
  docs: { id: 'Dokumentasi API', en: 'API documentation' },
  docsAbout: {
    id: 'semua permintaan, dapat dicoba dari peramban (dalam bahasa Inggris).',
    en: 'every request, to try out from the browser.',
  },
} as const satisfies Record<string, Text>

const ROLE_NAMES: Readonly<Record<Role, Text>> = {
  intake_worker: { id: 'petugas penerima', en: 'intake worker' },
  case_worker: { id: 'pekerja kasus', en: 'case worker' },
  supervisor: { id: 'penyelia', en: 'supervisor' },
  reviewer: { id: 'peninjau', en: 'reviewer' },
  oversight_reviewer: { id: 'peninjau pengawas', en: 'oversight reviewer' },
  hub_administrator: { id: 'pengelola hub', en: 'hub administrator' },
}

interface Names {
  readonly i: number
  readonly name_id: string | null
  readonly name_en: string | null
}

const agencyOf = async (ctx: Context, actor: Actor, language: Language): Promise<string> => {
  if (actor.agency === null) return TEXTS.hub[language]
  const asked = [{ i: 0, agency: actor.agency }]
  const [names] = await ctx.db.call<Names>('directory.agency_names', asked)
  const name = language === 'id' ? names?.name_id : names?.name_en
  return escape(name ?? TEXTS.unknownAgency[language])
}

const nobody = (language: Language, isDemonstration: boolean): string => {
  const next = isDemonstration ? TEXTS.link : TEXTS.invited
  return `<p><strong>${TEXTS.nobody[language]}</strong></p>\n<p>${next[language]}</p>
<p><a class="button" href="/sign-in">${TEXTS.signIn[language]}</a></p>`
}

const you = (actor: Actor, agency: string, csrf: string, language: Language): string => {
  const roles = actor.roles.map((role) => ROLE_NAMES[role][language]).join(', ')
  return `<dl><dt>${TEXTS.role[language]}</dt><dd>${roles}</dd>
<dt>${TEXTS.agency[language]}</dt><dd>${agency}</dd></dl>
<form method="post" action="/sign-out">${csrf}<button>${TEXTS.signOut[language]}</button></form>`
}

/** The portal's first page. */
const START = '/start'

/** What this hub is, and who is looking at it. */
export const home: Route = (app, ctx) => {
  const authenticate = createAuthenticator(ctx)
  app.get(
    '/',
    {
      config: { authority: 'public' },
      schema: {
        hide: true,
        querystring: Type.Object({ lang: Type.Optional(oneOf(['id', 'en'])) }),
      },
    },
    async (request, reply) => {
      const actor = await authenticate(request)
      // Whoever is signed in goes to work, where there are pages for it.
      if (actor !== null && app.hasRoute({ method: 'GET', url: START })) {
        return reply.redirect(START, 303)
      }
      const language = request.query.lang ?? languageOf(request.headers['accept-language'])
      const aside =
        language === 'id'
          ? '<a href="/?lang=en" hreflang="en" lang="en">English</a>'
          : '<a href="/?lang=id" hreflang="id" lang="id">Bahasa Indonesia</a>'
      const who =
        actor === null
          ? nobody(language, ctx.config.demonstration)
          : you(actor, await agencyOf(ctx, actor, language), csrfInput(ctx, request), language)
      return sendPage(reply, 200, {
        language,
        title: TEXTS.title[language],
        aside,
        main: `<h1>${TEXTS.heading[language]}</h1>
<p>${TEXTS.about[language]}</p>
<section aria-labelledby="you"><h2 id="you">${TEXTS.you[language]}</h2>
${who}</section>
<section aria-labelledby="programs"><h2 id="programs">${TEXTS.programs[language]}</h2>
<p><a href="/docs">${TEXTS.docs[language]}</a>: ${TEXTS.docsAbout[language]}</p></section>`,
      })
    },
  )
}
