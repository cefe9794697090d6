import { Type } from 'typebox'
import type { Route } from '../../../src/service.ts'
import { ledgerSigner } from '../signer.ts'

/** Public: whoever keeps a checkpoint has to be able to check it. */
export const getKey: Route = (app, ctx) => {
  const { vkey } = ledgerSigner(ctx)
  app.get(
    '/v1/audit/key',
    {
      config: { authority: 'public' },
      schema: {
        summary: 'Key that verifies checkpoints, as a C2SP signed-note verifier key',
        tags: ['audit'],
        security: [],
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => reply.type('text/plain; charset=utf-8').send(`${vkey}\n`),
  )
}
