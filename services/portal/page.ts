import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import type { TSchema } from 'typebox'
import { demandOwnOrigin } from '../../src/auth.ts'
import { HubError } from '../../src/client/http.ts'
import { languageOf, Problem, type Language } from '../../src/problem.ts'
import type { App, Context } from '../../src/service.ts'
import { parse as parseForm } from 'node:querystring'
import { createApi } from './api.ts'
import { loadBundles } from './bundles.ts'
import { createNames } from './names.ts'
import { errorView } from './pages/error.tsx'
import { createRenderer } from './render.tsx'
import { assets } from './routes/assets.ts'
import { readUploadForm } from './upload-form.ts'
import { formOf, type Form, type SignedVisit, type View, type Visit } from './visit.ts'
import { HUB_ZONE, whenIn } from './when.ts'
import { wordsIn } from './words.ts'

export const LANGUAGE_COOKIE = 'titian-language'

export interface Params {
  readonly id: string
  readonly [name: string]: string
}

interface Schema {
  readonly params?: TSchema
  readonly querystring?: TSchema
  /** Whether its form may bring a file. */
  readonly takesFile?: boolean
}

/** What a route of the portal is given. */
export interface Portal {
  /** A page, or its data for an island, for those who are signed in. */
  get(path: string, schema: Schema, show: (visit: SignedVisit) => Promise<View>): void
  /** What a form does. The origin is checked before `act` runs. */
  post(path: string, schema: Schema, act: (visit: SignedVisit, form: Form) => Promise<View>): void
  /** The same for anybody; `visit.me` is null when nobody is signed in. */
  open(
    method: 'GET' | 'POST',
    path: string,
    schema: Schema,
    answer: (visit: Visit, form: Form) => Promise<View>,
  ): void
  readonly ctx: Context
  readonly app: App
}

export type PortalRoute = (portal: Portal) => void

const languageFor = (request: FastifyRequest): Language => {
  const chosen = request.cookies[LANGUAGE_COOKIE]
  if (chosen === 'id' || chosen === 'en') return chosen
  return languageOf(request.headers['accept-language'])
}

const isNobody = (error: unknown): boolean => error instanceof HubError && error.status === 401

/** Where to prove anew who one is, and then come back to the page; null: that is not what is needed. */
const stepUpOf = (error: unknown, request: FastifyRequest): string | null => {
  if (!(error instanceof HubError) || error.code !== 'step_up_needed') return null
  const { referer = '' } = request.headers
  const from = URL.canParse(referer) ? new URL(referer) : { pathname: '/', search: '' }
  const back = request.method === 'GET' ? request.url : `${from.pathname}${from.search}`
  return `${String(error.problem['page'])}?${new URLSearchParams({ return_to: back }).toString()}`
}

/** Where somebody who is not signed in is sent. */
export const SIGN_IN = '/'

const FORM_LIMIT = 65_536

const acceptForms = (app: App): void => {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_LIMIT },
    (_request, body, done) => done(null, parseForm(String(body))),
  )
  // Read only by pages that take a file, from those who are signed in.
  app.addContentTypeParser('multipart/form-data', (_request, payload, done) => done(null, payload))
}

/** Registers pages: each is loaded with the reader's own session, rendered, and never kept. */
export const createPortal = async (app: App, ctx: Context): Promise<Portal> => {
  const bundles = await loadBundles()
  acceptForms(app)
  assets(app, bundles)
  const apiOf = createApi(app, ctx.config)
  const namesOf = createNames()
  const render = createRenderer(ctx.config, bundles)

  const visitOf = async (request: FastifyRequest, reply: FastifyReply): Promise<Visit> => {
    const language = languageFor(request)
    const t = wordsIn(language)
    const api = apiOf(request, language)
    const names = namesOf(api, language)
    const me = await api.get<SignedVisit['me']>('/v1/me').catch((error: unknown) => {
      if (isNobody(error)) return null
      throw error
    })
    const agency = me?.agency == null ? null : await names.agencyRow(me.agency)
    const today = (time: string) => t('time.today', { time })
    const when = whenIn(language, agency?.time_zone ?? HUB_ZONE, today)
    return { request, reply, language, t, when, me, api, names }
  }

  const send = async (visit: Visit, view: View): Promise<FastifyReply> => {
    if (view.kind === 'go') return visit.reply.redirect(view.to, 303)
    if (view.kind === 'data') return visit.reply.send(view.data)
    if (view.kind === 'raw') return visit.reply.send(view.body)
    if (view.kind === 'file') {
      return visit.reply
        .header('content-type', view.type)
        .header('content-disposition', `attachment; filename="${view.name}"`)
        .send(Buffer.from(view.bytes))
    }
    return await render(visit, view)
  }

  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    make: (visit: Visit) => Promise<View>,
  ): Promise<FastifyReply> => {
    let visit: Visit | null = null
    try {
      if (request.validationError !== undefined) throw new Problem('not_found')
      demandOwnOrigin(request, ctx.config)
      visit = await visitOf(request, reply)
      return await send(visit, await make(visit))
    } catch (error) {
      const again = stepUpOf(error, request)
      if (again !== null) return reply.redirect(again, 303)
      if (isNobody(error)) return reply.redirect(SIGN_IN, 303)
      if (!(error instanceof HubError) && !(error instanceof Problem)) {
        request.log.error({ request: request.id, err: error }, 'page failed')
      }
      visit ??= strangerAt(request, reply, apiOf(request, languageFor(request)), namesOf)
      return await render(visit, errorView(visit, error))
    }
  }

  const open: Portal['open'] = (method, url, { takesFile = false, ...schema }, make) => {
    app.route({
      method,
      url,
      attachValidation: true,
      config: { authority: 'public' },
      schema: { ...schema, hide: true },
      handler: (request, reply) =>
        answer(request, reply, async (visit) => {
          const { body } = request
          if (!(body instanceof Readable)) return await make(visit, formOf(body))
          if (!takesFile || visit.me === null) return await make(visit, formOf({}))
          const type = String(request.headers['content-type'])
          const { fields, cut } = await readUploadForm(body, type)
          return await make(visit, formOf(fields, cut))
        }),
    })
  }

  const signed = (
    method: 'GET' | 'POST',
    path: string,
    schema: Schema,
    make: (visit: SignedVisit, form: Form) => Promise<View>,
  ): void =>
    open(method, path, schema, async (visit, form) => {
      const { me } = visit
      if (me === null) return { kind: 'go', to: SIGN_IN }
      return await make({ ...visit, me }, form)
    })

  return {
    get: (path, schema, show) => signed('GET', path, schema, show),
    post: (path, schema, act) => signed('POST', path, schema, act),
    open,
    ctx,
    app,
  }
}

/** A visit for telling of a failure, when not even the visitor could be found out. */
const strangerAt = (
  request: FastifyRequest,
  reply: FastifyReply,
  api: Visit['api'],
  namesOf: ReturnType<typeof createNames>,
): Visit => {
  const language = languageFor(request)
  const t = wordsIn(language)
  const when = whenIn(language, HUB_ZONE, (time) => t('time.today', { time }))
  return { request, reply, language, t, when, me: null, api, names: namesOf(api, language) }
}
