import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import { BundleQuery } from '../../../src/contracts/audit.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { formatBundle } from '../../../src/proof/bundle.ts'
import type { Route } from '../../../src/service.ts'
import { buildBundle } from '../bundle.ts'
import { ledgerSigner } from '../signer.ts'

export const getBundle: Route = (app, ctx) => {
  const signer = ledgerSigner(ctx)
  app.get(
    '/v1/audit/bundle',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'Your trail as one file that is checked offline',
        description:
          'For `npx titian audit verify`. A stretch of your feed (`from`, `to`) claims to be whole; ' +
          'a selection (`case`, `object`) does not. `since`: proof of growth from a checkpoint that ' +
          'you kept. Reading is itself an entry.',
        tags: ['audit'],
        querystring: BundleQuery,
        produces: ['application/json'],
        response: { 200: Type.String({ description: 'A bundle in canonical JSON' }) },
      },
    },
    async (request, reply) => {
      const { actor, query } = request
      const { agency } = actor
      demandRecent(request)
      if (agency === null) throw new Problem('not_disclosed')
      const text = await ctx.db.withActor(actor, async (tx) => {
        const { bundle, subject } = await buildBundle(tx, signer, agency, query)
        await append(tx, actor, {
          type: 'audit.trail.read.v1',
          ...(subject === null ? {} : { subject }),
          ...(query.object === undefined ? {} : { object: query.object }),
          data: { items: bundle.entries.length, first: bundle.entries[0]?.position ?? null },
        })
        return formatBundle(bundle)
      })
      ctx.bus.wake('ledger')
      return reply.type('application/json; charset=utf-8').send(text)
    },
  )
}
