import { Type, type Static } from 'typebox'
import { CATEGORIES, Id, oneOf, type Category } from '../../../src/contracts/codes.ts'
import type { OpenedCategory } from '../../../src/contracts/referral.ts'
import type { PortalRoute } from '../page.ts'
import { AskToOpenPage, OpenedPage } from '../pages/open-data.tsx'
import { readReferral } from '../referral-sight.ts'

const Schema = { params: Type.Object({ id: Id, category: oneOf(CATEGORIES) }) }

interface Asked {
  readonly id: string
  readonly category: Category
}

/** Opening a category is a deliberate act with a record; its content is in the answer alone. */
export const openData: PortalRoute = (portal) => {
  portal.get('/referrals/:id/data/:category', Schema, async (visit) => {
    const { id, category } = visit.request.params as Asked
    await readReferral(visit, id)
    return {
      kind: 'page',
      title: 'data.page',
      place: 'referrals',
      body: <AskToOpenPage back={`/referrals/${id}`} category={category} />,
    }
  })
  portal.post('/referrals/:id/data/:category', Schema, async (visit) => {
    const { id, category } = visit.request.params as Asked
    const path = `/v1/referrals/${id}/package/${category}/open`
    const opened = await visit.api.post<Static<typeof OpenedCategory>>(path, {})
    return {
      kind: 'page',
      title: 'data.page',
      place: 'referrals',
      body: <OpenedPage back={`/referrals/${id}`} category={category} data={opened.data} />,
    }
  })
}
