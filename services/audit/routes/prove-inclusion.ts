import { Inclusion, InclusionQuery } from '../../../src/contracts/audit.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { hashRanges, inclusionRanges } from '../merkle.ts'
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
        const leaf = { begin: position, end: position + 1 }
        const ranges = [leaf, ...inclusionRanges(position, size)]
        const [leafHash, ...proof] = (await hashRanges(ranges, nodesOf(tx, size))).map(base64)
        return { position, size, leaf_hash: leafHash as string, proof }
      })
    },
  )
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
