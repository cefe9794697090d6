import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sessionCookieOf } from '../../src/auth.ts'
import { createClientOver, overHttp, type Client, type Transport } from '../../src/client/http.ts'
import type { Config } from '../../src/config.ts'
import type { Language } from '../../src/problem.ts'

/** In this process when the API is mounted beside the portal. */
const overInject =
  (app: FastifyInstance): Transport =>
  async ({ method, path, headers, body }) => {
    const response = await app.inject({
      method,
      url: path,
      headers: { ...headers },
      ...(body === undefined
        ? {}
        : { payload: typeof body === 'string' ? body : Buffer.from(body) }),
    })
    const contentType = String(response.headers['content-type'] ?? '')
    const { statusCode: status, body: text, rawPayload: bytes } = response
    return { status, contentType, text, bytes }
  }

export type ApiOf = (request: FastifyRequest, language: Language) => Client

/**
 * The public API with the session of whoever asks for the page. The portal MUST have checked the
 * origin of a change before it calls: it names the hub as the origin from here on.
 */
export const createApi = (app: FastifyInstance, config: Config): ApiOf => {
  const cookieName = sessionCookieOf(config)
  const isBeside = (): boolean => app.hasRoute({ method: 'GET', url: '/v1/me' })
  let transport: Transport | null = null
  return (request, language) => {
    transport ??= isBeside() ? overInject(app) : overHttp(config.apiUrl)
    const session = request.cookies[cookieName]
    const headers = {
      'accept-language': language,
      origin: new URL(config.publicUrl).origin,
      ...(session === undefined ? {} : { cookie: `${cookieName}=${session}` }),
    }
    return createClientOver(transport, () => headers)
  }
}
