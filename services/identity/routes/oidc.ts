import type { FastifyReply, FastifyRequest } from 'fastify'
import { issuerOf } from '../../../src/contracts/token.ts'
import type { Route } from '../../../src/service.ts'
import { providerOf } from '../oidc/provider.ts'

const ENDPOINTS = [
  { method: 'POST', path: '/token' },
  { method: 'POST', path: '/request' },
  { method: 'GET', path: '/auth' },
  { method: 'GET', path: '/auth/:uid' },
  { method: 'GET', path: '/jwks' },
  { method: 'GET', path: '/.well-known/openid-configuration' },
  { method: 'GET', path: '/.well-known/oauth-authorization-server' },
] as const

/** The OAuth endpoints; their errors are OAuth's own (RFC 6749 section 5.2), not problem documents. */
export const oidc: Route = async (app, ctx) => {
  const provider = providerOf(ctx)
  const handle = provider.callback()
  const issuer = new URL(issuerOf(ctx.config.publicUrl))

  const pass = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    void reply.hijack()
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value)
    }
    const path = (request.raw.url ?? '').slice('/oidc'.length)
    Object.assign(request.raw, { url: path, originalUrl: `${issuer.pathname}${path}` })
    request.raw.headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1)
    request.raw.headers['x-forwarded-host'] = issuer.host
    await handle(request.raw, reply.raw)
  }

  await app.register(async (scope) => {
    // The provider reads the body itself.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    for (const { method, path } of ENDPOINTS) {
      scope.route({
        method,
        url: `/oidc${path}`,
        config: { authority: 'public' },
        schema: { hide: true },
        handler: pass,
      })
    }
  })
}
