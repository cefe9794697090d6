import { csrfTokenOf } from '../../../src/csrf.ts'
import type { PortalRoute } from '../page.ts'
import { HelpPage, MorePage } from '../pages/more.tsx'

/** Everything that has no place in the menu, and help. */
export const more: PortalRoute = (portal) => {
  portal.get('/more', {}, async (visit) => {
    const agency = visit.me.agency === null ? null : await visit.names.agency(visit.me.agency)
    return {
      kind: 'page',
      title: 'menu.more',
      place: 'more',
      body: (
        <MorePage me={visit.me} agency={agency} csrf={csrfTokenOf(portal.ctx, visit.request)} />
      ),
    }
  })
  portal.open('GET', '/help', {}, async () => ({
    kind: 'page',
    title: 'help.title',
    body: <HelpPage />,
  }))
}
