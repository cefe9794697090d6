import { Type } from 'typebox'
import { ProofQuery } from '../../../src/contracts/audit.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { proveInclusion } from '../merkle.ts'
import { nodesOf, readHead, readWitnessedHead } from '../tree.ts'

export const proveEntry: Route = (app, ctx) => {
  app.get(
    '/v1/audit/proof',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary:
          'Proof that an entry is in the ledger, with the head, as one text (C2SP tlog-proof)',
        tags: ['audit'],
        querystring: ProofQuery,
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      const { position } = request.query
      const text = await ctx.db.withActor(request.actor, async (tx) => {
        const head = (await readWitnessedHead(tx, position)) ?? (await readHead(tx))
        if (head === null || position >= head.size) {
          throw new Problem('outside_ledger', { params: { size: head?.size ?? 0 } })
        }
        const proof = await proveInclusion(position, head.size, nodesOf(tx, head.size))
        const hashes = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('')
        return `c2sp.org/tlog-proof@v1\nindex ${position}\n${hashes}\n${head.note}`
      })
      return reply.type('text/plain; charset=utf-8').send(text)
    },
  )
}
