import type { FastifyRequest } from 'fastify'
import { CSRF_FIELD, csrfTokenOf } from '../../src/csrf.ts'
import type { App, Context } from '../../src/service.ts'

const BODY_LIMIT = 16_384

/** Lets the routes that `add` brings take forms: each field once, as text. */
export const takeForms = async (app: App, add: (scope: App) => void): Promise<void> => {
  await app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: BODY_LIMIT },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )
    add(scope)
  })
}

/** The hidden field that proves a form to be of this session. */
export const csrfInput = (ctx: Context, request: FastifyRequest): string =>
  `<input type="hidden" name="${CSRF_FIELD}" value="${csrfTokenOf(ctx, request)}">`
