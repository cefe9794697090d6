import type { JWK } from 'jose'
import { KeySet, PERMIT_KEYS_PATH } from '../../../src/contracts/permit.ts'
import { verifyingKeys } from '../../../src/key-ring.ts'
import type { Route } from '../../../src/service.ts'

const CACHE_S = 600

export const keySet: Route = (app, ctx) => {
  const published = ({ kty = '', crv = '', x = '', y = '', kid = '' }: JWK) => ({
    kty,
    crv,
    x,
    y,
    kid,
    alg: 'ES256',
    use: 'sig',
  })
  app.get(
    PERMIT_KEYS_PATH,
    {
      config: { authority: 'public' },
      schema: {
        summary: 'Public keys that verify permits: current, next and earlier ones (RFC 7517)',
        tags: ['consent'],
        security: [],
        response: { 200: KeySet },
      },
    },
    async (_request, reply) => {
      void reply.header('cache-control', `public, max-age=${CACHE_S}`)
      return { keys: verifyingKeys(ctx.keys.permitRing()).map(published) }
    },
  )
}
