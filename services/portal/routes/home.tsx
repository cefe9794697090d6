import { startFor } from '../menu.ts'
import { SIGN_IN, type PortalRoute } from '../page.ts'
import { goTo } from '../visit.ts'

/** The first page of one's work; for somebody who is not signed in, where to do so. */
export const home: PortalRoute = (portal) => {
  portal.open('GET', '/start', {}, async ({ me }) =>
    goTo(me === null ? SIGN_IN : startFor(me.roles)),
  )
}
