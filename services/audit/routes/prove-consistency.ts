import { Consistency, ConsistencyQuery } from '../../../src/contracts/audit.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { proveConsistency } from '../merkle.ts'
import { nodesOf, readHead } from '../tree.ts'

export const proveConsistencyRoute: Route = (app, ctx) => {
  app.get(
    '/v1/audit/consistency',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'Proof that the ledger only ever grew from one size to another (RFC 6962)',
        tags: ['audit'],
        querystring: ConsistencyQuery,
        response: { 200: Consistency },
      },
    },
    async (request) => {
      const { from } = request.query
      return await ctx.db.withActor(request.actor, async (tx) => {
        const ledgerSize = (await readHead(tx))?.size ?? 0
        const to = request.query.to ?? ledgerSize
        if (to > ledgerSize || from > to) {
          throw new Problem('outside_ledger', { params: { size: ledgerSize } })
        }
        const proof = await proveConsistency(from, to, nodesOf(tx, to))
        return { from, to, proof: proof.map((hash) => Buffer.from(hash).toString('base64')) }
      })
    },
  )
}
