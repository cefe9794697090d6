import { Type } from 'typebox'
import { agencyKeyOf } from '../../../src/agency-key.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { AgencyKeySet } from '../../../src/contracts/handoff.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { agenciesOf } from '../recipients.ts'

export const agencyKeys: Route = (app, ctx) => {
  app.get(
    '/v1/agency-keys/:agency',
    {
      config: { authority: 'directory.read' },
      schema: {
        summary: "Public keys that verify an agency's consent statements and manifests (RFC 7517)",
        description: "custody `hub`: the hub holds the private key in the agency's name.",
        tags: ['consent'],
        params: Type.Object({ agency: Id }, { additionalProperties: false }),
        response: { 200: AgencyKeySet },
      },
    },
    async (request) => {
      const { agency } = request.params
      const [known] = await ctx.db.withActor(request.actor, (tx) => agenciesOf(tx, [agency]))
      if (known === undefined) throw new Problem('not_found')
      const {
        kty = '',
        crv = '',
        x = '',
        y = '',
        kid = '',
      } = (await agencyKeyOf(ctx.keys, agency)).publicJwk
      return { keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig', custody: 'hub' as const }] }
    },
  )
}
