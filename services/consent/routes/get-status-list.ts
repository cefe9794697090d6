import { Type } from 'typebox'
import { STATUS_LIST_TYPE } from '../../../src/contracts/handoff.ts'
import { statusListToken } from '../../../src/handoff/status-token.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'

/** One signing serves everybody who asks within this time; a withdrawal shows this much later. */
const KEPT_MS = 2_000
const LIST_MAX = 1_000_000

export const getStatusList: Route = (app, ctx) => {
  const kept = new Map<number, { readonly until: number; readonly token: Promise<string | null> }>()

  const tokenOf = (list: number, make: () => Promise<string | null>): Promise<string | null> => {
    const now = ctx.now().getTime()
    const known = kept.get(list)
    if (known !== undefined && known.until > now) return known.token
    for (const [old, { until }] of kept) if (until <= now) kept.delete(old)
    const token = make()
    kept.set(list, { until: now + KEPT_MS, token })
    token.catch(() => kept.delete(list))
    return token
  }

  app.get(
    '/v1/status-lists/:list',
    {
      config: { authority: 'referral.read' },
      schema: {
        summary: 'Which permits still stand: a signed Token Status List, good for 300 seconds',
        description: 'For agencies alone, and with entries that belong to no permit.',
        tags: ['consent'],
        params: Type.Object(
          { list: Type.Integer({ minimum: 0, maximum: LIST_MAX }) },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const { list } = request.params
      const token = await tokenOf(list, () =>
        ctx.db.withActor(request.actor, (tx) => statusListToken(ctx, tx, list)),
      )
      if (token === null) throw new Problem('not_found')
      void reply.type(`application/${STATUS_LIST_TYPE}`)
      return await reply.send(token)
    },
  )
}
