import { Witnesses } from '../../../src/contracts/audit.ts'
import type { Route } from '../../../src/service.ts'
import { readHead } from '../tree.ts'
import { readPolicy } from '../witnessing.ts'
import { readWitnesses } from '../witnesses.ts'

export const getWitnesses: Route = async (app, ctx) => {
  const policy = await readPolicy(ctx)
  app.get(
    '/v1/audit/witnesses',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'Which agencies have cosigned the ledger, and how old that is',
        tags: ['audit'],
        response: { 200: Witnesses },
      },
    },
    async (request) =>
      await ctx.db.withActor(request.actor, async (tx) => {
        const size = (await readHead(tx))?.size ?? 0
        const known = new Map((await readWitnesses(tx)).map((each) => [each.name, each]))
        const items = (policy?.witnesses ?? []).map(({ name }) => {
          const one = known.get(name)
          return {
            name,
            size: one?.size ?? 0,
            behind: size - (one?.size ?? 0),
            cosigned_at: one?.cosigned_at ?? null,
            tried_at: one?.tried_at ?? null,
            failure: one?.failure ?? null,
          }
        })
        return { size, quorum: policy?.quorum ?? 'none', items }
      }),
  )
}
