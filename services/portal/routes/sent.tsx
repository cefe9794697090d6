import { Type } from 'typebox'
import { cardOf } from '../cards.ts'
import { pageOf } from '../inbox.ts'
import type { PortalRoute } from '../page.ts'
import { SentPage } from '../pages/sent.tsx'

const Query = Type.Object({ after: Type.Optional(Type.String({ maxLength: 600 })) })

/** What one's own agency sent, newest first. */
export const sent: PortalRoute = (portal) => {
  portal.get('/sent', { querystring: Query }, async (visit) => {
    const { after = null } = visit.request.query as { after?: string }
    const found = await pageOf(visit, 'sender', after)
    const items = await Promise.all(found.items.map((row) => cardOf(visit, row)))
    return {
      kind: 'page',
      title: 'sent.title',
      place: 'referrals',
      isLive: true,
      body: <SentPage items={items} next={found.next} />,
    }
  })
}
