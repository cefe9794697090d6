import { Inclusion, InclusionQuery } from '../../../src/contracts/audit.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { proveInclusion } from '../merkle.ts'
import { nodesOf, readHead } from '../tree.ts'

export const proveInclusionRoute: Route = (app, ctx) => {
  app.get(
    '/v1/audit/inclusion',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'Proof that an entry is in the ledger (RFC 6962)',
        tags: ['audit'],
        querystring: InclusionQuery,
        response: { 200: Inclusion },
      },
    },
    async (request) => {
      const { position } = request.query
      return await ctx.db.withActor(request.actor, async (tx) => {
        const ledgerSize = (await readHead(tx))?.size ?? 0
        const size = request.query.size ?? ledgerSize
        if (size > ledgerSize || position >= size) {
          throw new Problem('outside_ledger', { params: { size: ledgerSize } })
        }
        const nodes = nodesOf(tx, size)
        const [leaf] = await nodes([{ level: 0, index: position }])
        const proof = await proveInclusion(position, size, nodes)
        return { position, size, leaf_hash: base64(leaf as Uint8Array), proof: proof.map(base64) }
      })
    },
  )
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
