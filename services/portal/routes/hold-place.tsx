import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { PortalRoute } from '../page.ts'
import { goTo, type Form, type SignedVisit } from '../visit.ts'

const Params = { params: Type.Object({ id: Id }) }
const idOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id
const keyOf = (form: Form) => ({ idempotencyKey: form.text('key') ?? '' })

/** A place kept for a survivor while a referral is decided, and given back. */
export const holdPlace: PortalRoute = (portal) => {
  portal.post('/referrals/:id/place', Params, async (visit, form) => {
    await visit.api.post(`/v1/referrals/${idOf(visit)}/place`, {}, keyOf(form))
    return goTo(`/referrals/${idOf(visit)}`)
  })
  portal.post('/referrals/:id/place/release', Params, async (visit, form) => {
    await visit.api.delete(`/v1/referrals/${idOf(visit)}/place`, keyOf(form))
    return goTo(`/referrals/${idOf(visit)}`)
  })
}
