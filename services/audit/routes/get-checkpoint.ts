import { Type } from 'typebox'
import { CheckpointQuery } from '../../../src/contracts/audit.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readHead, readWitnessedHead } from '../tree.ts'

/** The second is where readers of C2SP tlog-tiles look for it. */
const PLACES = ['/v1/audit/checkpoint', '/v1/audit/log/checkpoint']

export const getCheckpoint: Route = (app, ctx) => {
  for (const place of PLACES) {
    app.get(
      place,
      {
        config: { authority: 'audit.read' },
        schema: {
          summary: 'The newest head of the ledger, as a C2SP checkpoint',
          tags: ['audit'],
          querystring: CheckpointQuery,
          produces: ['text/plain'],
          response: { 200: Type.String() },
        },
      },
      async (request, reply) => {
        const isWitnessed = request.query.witnessed === true
        const head = await ctx.db.withActor(request.actor, (tx) =>
          isWitnessed ? readWitnessedHead(tx) : readHead(tx),
        )
        // No head with a quorum may ever come; the first head of all comes within seconds.
        if (head === null) throw new Problem(isWitnessed ? 'not_found' : 'unavailable')
        return reply.type('text/plain; charset=utf-8').send(head.note)
      },
    )
  }
}
