import { Type } from 'typebox'
import { oneOf } from '../../../src/contracts/codes.ts'
import { loadInbox } from '../inbox.ts'
import type { PortalRoute } from '../page.ts'
import { InboxPage } from '../pages/inbox.tsx'
import { INBOX_TABS, type InboxTab } from '../parts/inbox-list.tsx'

const Query = Type.Object({
  tab: Type.Optional(oneOf(INBOX_TABS)),
  after: Type.Optional(Type.String({ maxLength: 600 })),
})

interface Asked {
  readonly tab?: InboxTab
  readonly after?: string
}

/** What has come; `/inbox/list` gives the same to the page that is open. */
export const inbox: PortalRoute = (portal) => {
  portal.get('/inbox', { querystring: Query }, async (visit) => {
    const { tab = 'new', after = null } = visit.request.query as Asked
    const loaded = await loadInbox(visit, tab, after)
    return {
      kind: 'page',
      title: 'inbox.title',
      place: 'referrals',
      body: <InboxPage inbox={loaded} />,
    }
  })
  portal.get('/inbox/list', { querystring: Query }, async (visit) => {
    const { tab = 'new', after = null } = visit.request.query as Asked
    const { props } = await loadInbox(visit, tab, after)
    return { kind: 'data', data: props }
  })
}
