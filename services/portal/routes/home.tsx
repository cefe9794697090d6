import { startFor } from '../menu.ts'
import type { PortalRoute } from '../page.ts'
import { WelcomePage } from '../pages/welcome.tsx'
import { goTo } from '../visit.ts'

/** The first page: of one's work, or what this is. */
export const home: PortalRoute = (portal) => {
  portal.open('GET', '/start', {}, async (visit) => {
    if (visit.me !== null) return goTo(startFor(visit.me.roles))
    const isDemonstration = portal.ctx.config.demonstration
    return {
      kind: 'page',
      title: 'welcome.title',
      body: <WelcomePage isDemonstration={isDemonstration} />,
    }
  })
}
