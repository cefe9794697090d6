import type { PortalRoute } from '../page.ts'
import { SIGN_IN } from '../page.ts'
import { AccountPage } from '../pages/account.tsx'
import { goTo } from '../visit.ts'

/** One's own account: what one may do, how one signs in, and the end of all one's sessions. */
export const account: PortalRoute = (portal) => {
  portal.get('/account', {}, async (visit) => {
    const agency = visit.me.agency === null ? null : await visit.names.agency(visit.me.agency)
    const body = <AccountPage me={visit.me} agency={agency} />
    return { kind: 'page', title: 'account.title', place: 'more', body }
  })
  portal.post('/account/sign-outs', {}, async (visit, form) => {
    await visit.api.post('/v1/me/sign-outs', {}, { idempotencyKey: form.text('key') ?? '' })
    return goTo(SIGN_IN)
  })
}
