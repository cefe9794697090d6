import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import type { ErrorObject } from 'ajv'
import type { WebSocket } from 'ws'
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { createAuthenticator } from './auth.ts'
import { endConnections, endSockets } from './farewell.ts'
import { newId } from './id.ts'
import { append } from './journal.ts'
import { challengeOf, tokenRefused } from './challenge.ts'
import { docsOptions, openApiOptions } from './openapi.ts'
import { isOutage } from './outage.ts'
import {
  KERNEL_PROBLEMS,
  languageOf,
  Problem,
  problemDocument,
  type Problems,
  type Text,
} from './problem.ts'
import { authorize } from './request.ts'
import type { App, Context, Service } from './service.ts'
import { demandStorable } from './storable.ts'
import { problemOfValidation, serializerCompiler, validatorCompiler } from './validation.ts'

const BODY_LIMIT = 1_048_576
/** For a whole request to arrive, on a poor network too. */
const REQUEST_MS = 300_000
const PLUGIN_TIMEOUT_MS = 300_000

/** One own hook: a header plugin costs half the throughput. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
}

const codeOfStatus = (status: number | undefined): string => {
  if (status === 413) return 'too_large'
  if (status === 415) return 'unsupported_media_type'
  if (status !== undefined && status >= 400 && status < 500) return 'invalid_request'
  return 'internal'
}

/** Bodies that cannot be read as what they say they are. */
const UNREADABLE: Readonly<Record<string, Text>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    id: 'kosong; kirim objek JSON',
    en: 'is empty; send a JSON object',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { id: 'bukan JSON yang sah', en: 'is not valid JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    id: 'tidak sepanjang Content-Length',
    en: 'is not as long as Content-Length says',
  },
}

const asProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  const known = error as { validation?: ErrorObject[]; statusCode?: number; code?: string }
  if (known.validation !== undefined) return problemOfValidation(known.validation)
  const unreadable = UNREADABLE[known.code ?? '']
  if (unreadable !== undefined) {
    return new Problem('invalid_request', { errors: [{ field: '(body)', message: unreadable }] })
  }
  if (isOutage(error)) return new Problem('unavailable')
  return new Problem(codeOfStatus(known.statusCode))
}

/** Answers with the RFC 9457 document of a problem. */
const answer = async (
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  problems: Problems,
): Promise<void> => {
  const row = problems[problem.code] ?? KERNEL_PROBLEMS.internal
  const language = languageOf(request.headers['accept-language'])
  const challenge = challengeOf(problem)
  if (challenge !== null) void reply.header('www-authenticate', challenge)
  const body = problemDocument(row, problem.code, problem.extras, language, request.id)
  await reply
    .code(row.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('content-language', language)
    .send(JSON.stringify(body))
}

/** What a client does wrong, such as a frame that is too long, is its own affair: ws closes on it. */
const noteSocketError = (error: Error, socket: WebSocket, request: FastifyRequest): void => {
  const { code } = error as NodeJS.ErrnoException
  if (code?.startsWith('WS_ERR_') === true) {
    request.log.debug({ request: request.id, code }, 'live connection broken by its client')
    return
  }
  request.log.error({ request: request.id, err: error }, 'live connection failed')
  socket.terminate()
}

/** The root application without services: headers, problems, documents. */
export const createApp = async (
  log: FastifyBaseLogger,
  version: string,
  trustedProxy: readonly string[] = [],
): Promise<App> => {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    // What goes wrong before there is a route: an address that is no address.
    frameworkErrors: (error, request, reply) => {
      void reply.headers(HEADERS)
      void answer(request, reply, asProblem(error), KERNEL_PROBLEMS)
    },
    trustProxy: trustedProxy.length === 0 ? false : [...trustedProxy],
    genReqId: () => newId(),
    // A first start builds the pages' scripts, which takes what the machine leaves it.
    pluginTimeout: PLUGIN_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  }).withTypeProvider<TypeBoxTypeProvider>()
  const farewell = endConnections(app.server)
  app.addHook('preClose', async () => farewell())
  app.setValidatorCompiler(validatorCompiler())
  app.setSerializerCompiler(serializerCompiler())
  // Text is nothing that a route takes: it is told so (415).
  app.removeContentTypeParser('text/plain')
  app.addHook('onRequest', async (_request, reply) => {
    void reply.headers(HEADERS)
  })
  app.addHook('preValidation', async (request) => {
    const { params, querystring, body } = request.routeOptions.schema ?? {}
    demandStorable(request.params, '(path)', params)
    demandStorable(request.query, '(query)', querystring)
    demandStorable(request.body, '(body)', body)
  })
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, never the URL: an id in a log is a trace of a person.
    const fields = { request: request.id, method: request.method, route: request.routeOptions.url }
    request.log.debug(
      { ...fields, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'answered',
    )
  })
  app.setNotFoundHandler((request, reply) =>
    answer(request, reply, new Problem('not_found'), KERNEL_PROBLEMS),
  )
  app.setErrorHandler((error, request, reply) =>
    answer(request, reply, asProblem(error), KERNEL_PROBLEMS),
  )
  await app.register(cookie)
  await app.register(websocket, {
    options: { maxPayload: 4096 },
    preClose(done) {
      endSockets(this)
      done()
    },
    errorHandler: noteSocketError,
  })
  await app.register(swagger, openApiOptions(version))
  await app.register(swaggerUi, docsOptions)
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  return app
}

const journalRefusal = async (
  service: Service,
  ctx: Context,
  request: FastifyRequest,
  problem: Problem,
): Promise<void> => {
  const refused = problem.extras.refused
  if (refused === undefined || request.actor === null) return
  await ctx.db.withActor(request.actor, (tx) =>
    append(tx, request.actor, { ...refused, type: service.refused }),
  )
  ctx.bus.wake('ledger')
}

/** Adds one service: its routes behind its own authenticator, errors and problem table. */
export const mount = async (app: App, service: Service, ctx: Context): Promise<void> => {
  const problems: Problems = { ...KERNEL_PROBLEMS, ...service.problems }
  const authenticate = createAuthenticator(ctx)
  await app.register(async (scope) => {
    scope.decorateRequest('actor', null as never)
    scope.addHook('onRoute', (route) => {
      if (route.config?.authority === undefined) {
        throw new Error(`${String(route.method)} ${route.url} states no authority`)
      }
    })
    scope.addHook('onRequest', async (request) => {
      const authority = request.routeOptions.config.authority
      if (authority === 'public') return
      const actor = await authenticate(request)
      if (actor === null || authority === undefined) {
        throw request.headers.authorization === undefined
          ? new Problem('not_signed_in')
          : tokenRefused('Authorization')
      }
      request.actor = actor
      authorize(request, authority, { kind: 'none' })
    })
    scope.setErrorHandler(async (error, request, reply) => {
      const problem = asProblem(error)
      if (problem.code === 'internal') {
        request.log.error(
          { request: request.id, route: request.routeOptions.url, err: error },
          'failed',
        )
      }
      try {
        await journalRefusal(service, ctx, request, problem)
        await answer(request, reply, problem, problems)
      } catch (failure) {
        // A refusal that cannot be recorded is not given: the caller learns of an outage.
        request.log.error({ request: request.id, err: failure }, 'refusal not recorded')
        await answer(request, reply, new Problem('unavailable'), problems)
      }
    })
    for (const route of service.routes) await route(scope, ctx)
  })
}
