import { Type } from 'typebox'
import { AgencyKeySet } from '../../../src/contracts/agency-key.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { keysOfAgency } from '../agency-keys.ts'
import { agenciesOf } from '../recipients.ts'

export const agencyKeys: Route = (app, ctx) => {
  app.get(
    '/v1/agency-keys/:agency',
    {
      config: { authority: 'directory.read' },
      schema: {
        summary: "Public keys that verify an agency's consent statements and manifests (RFC 7517)",
        description:
          "custody `hub`: the hub holds the private key in the agency's name; `agency`: the agency does. What a revoked key signed before `revoked_at` holds only where a permit of the hub cites it.",
        tags: ['consent'],
        params: Type.Object({ agency: Id }, { additionalProperties: false }),
        response: { 200: AgencyKeySet },
      },
    },
    async (request) => {
      const { agency } = request.params
      const { actor } = request
      return await ctx.db.withActor(actor, async (tx) => {
        const [known] = await agenciesOf(tx, [agency])
        if (known === undefined) throw new Problem('not_found')
        return await keysOfAgency(ctx, tx, agency, actor)
      })
    },
  )
}
