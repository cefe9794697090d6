import { Type } from 'typebox'
import { Quarter, type NetworkView } from '../../../src/contracts/network.ts'
import { networkSight } from '../network-sight.ts'
import type { PortalRoute } from '../page.ts'
import { NetworkPage } from '../pages/network.tsx'

const Query = { querystring: Type.Object({ period: Type.Optional(Quarter) }) }

/** The whole network in one quarter, for supervisors and the task force. */
export const network: PortalRoute = (portal) => {
  portal.get('/network', Query, async (visit) => {
    const { period } = visit.request.query as { period?: string }
    const query = period === undefined ? '' : `?period=${period}`
    const view = await visit.api.get<NetworkView>(`/v1/network-view${query}`)
    const sight = await networkSight(visit, view)
    return {
      kind: 'page',
      title: 'network.title',
      place: 'more',
      body: <NetworkPage sight={sight} />,
    }
  })
}
