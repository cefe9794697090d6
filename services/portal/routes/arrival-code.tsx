import { Type, type Static } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { ArrivalCode } from '../../../src/contracts/referral.ts'
import type { PortalRoute } from '../page.ts'
import { ArrivalPage } from '../pages/arrival.tsx'
import { goTo } from '../visit.ts'

const Schema = { params: Type.Object({ id: Id }) }

/** The code that the survivor or escort carries, for the sender alone. */
export const arrivalCode: PortalRoute = (portal) => {
  portal.get('/referrals/:id/arrival-code', Schema, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const path = `/v1/referrals/${id}/arrival-code`
    const { code, version } = await visit.api.get<Static<typeof ArrivalCode>>(path)
    return {
      kind: 'page',
      title: 'arrival.title',
      place: 'referrals',
      body: <ArrivalPage id={id} code={code} version={version} />,
    }
  })
  portal.post('/referrals/:id/arrival-code', Schema, async (visit, form) => {
    const { id } = visit.request.params as { id: string }
    const key = form.text('key') ?? ''
    await visit.api.post(
      `/v1/referrals/${id}/arrival-code`,
      { version: Number(form.text('version')) },
      { idempotencyKey: key },
    )
    return goTo(`/referrals/${id}/arrival-code`)
  })
}
