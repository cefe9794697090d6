import { Type } from 'typebox'
import { oneOf } from '../../../src/contracts/codes.ts'
import { NetworkView, Quarter } from '../../../src/contracts/network.ts'
import type { Route } from '../../../src/service.ts'
import { networkCsv, periodOf, readNetworkView } from '../network-view.ts'

export const viewNetwork: Route = (app, ctx) => {
  app.get(
    '/v1/network-view',
    {
      config: { authority: 'network.read' },
      schema: {
        summary: 'How hand-offs go in the whole network, a quarter at a time: counts alone',
        tags: ['pathway'],
        querystring: Type.Object(
          {
            period: Type.Optional(Quarter),
            format: Type.Optional(oneOf(['json', 'csv'])),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Union([NetworkView, Type.String()]) },
      },
    },
    async (request, reply) => {
      const period = periodOf(request.query.period, ctx.now())
      const view = await ctx.db.withActor(request.actor, (tx) => readNetworkView(tx, period))
      if (request.query.format !== 'csv') return view
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="network-${period.name}.csv"`)
        .send(networkCsv(view))
    },
  )
}
