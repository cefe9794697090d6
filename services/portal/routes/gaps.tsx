import { Type, type Static } from 'typebox'
import { oneOf } from '../../../src/contracts/codes.ts'
import { GAP_RULES, SEVERITIES, type GapPage } from '../../../src/contracts/gaps.ts'
import { gapSight } from '../gap-sight.ts'
import type { PortalRoute } from '../page.ts'
import { GapsPage, type GapFilter } from '../pages/gaps.tsx'

const Query = {
  querystring: Type.Object({
    mine: Type.Optional(oneOf(['yes'])),
    severity: Type.Optional(oneOf([...SEVERITIES, ''])),
    rule: Type.Optional(oneOf([...GAP_RULES, ''])),
    after: Type.Optional(Type.String({ maxLength: 600 })),
  }),
}

/** What is missing in all cases of the agency, the gravest first. */
export const gaps: PortalRoute = (portal) => {
  portal.get('/cases/gaps', Query, async (visit) => {
    const { after, ...filter } = visit.request.query as GapFilter & { after?: string }
    const query = new URLSearchParams({ mine: String(filter.mine === 'yes') })
    if (filter.severity) query.set('severity', filter.severity)
    if (filter.rule) query.set('rule', filter.rule)
    if (after !== undefined) query.set('after', after)
    const found = await visit.api.get<Static<typeof GapPage>>(`/v1/gaps?${query}`)
    return {
      kind: 'page',
      title: 'gaps.title',
      place: 'cases',
      isLive: true,
      body: (
        <GapsPage
          gaps={found.items.map((gap) => gapSight(visit, gap))}
          open={found.open}
          filter={filter}
          next={found.next}
        />
      ),
    }
  })
}
