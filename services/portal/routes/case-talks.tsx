import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { MessagePage } from '../../../src/contracts/message.ts'
import { grantsOf, readCase } from '../case-sight.ts'
import type { PortalRoute } from '../page.ts'
import { CaseTalksPage, type CaseTalk } from '../pages/case-talks.tsx'

const LIMIT = 50

/** The agencies that consent to a case names or that were written to about it; the open ones first. */
export const caseTalks: PortalRoute = (portal) => {
  portal.get('/cases/:id/messages', { params: Type.Object({ id: Id }) }, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const { reference } = await readCase(visit, id)
    const [grants, { items }] = await Promise.all([
      grantsOf(visit, id),
      visit.api.get<MessagePage>(`/v1/cases/${id}/messages?limit=${LIMIT}`),
    ])
    const { me } = visit
    const isUnread = (message: (typeof items)[number]): boolean =>
      message.readable &&
      message.agency !== me.agency &&
      message.read.every(({ person }) => person !== me.id)
    const open = new Set(
      grants.filter(({ isActive }) => isActive).map((each) => each.grant.recipient),
    )
    const written = items.map(({ agency, addressee }) =>
      agency === me.agency ? addressee : agency,
    )
    const agencies = new Set([...open, ...grants.map(({ grant }) => grant.recipient), ...written])
    const talks: CaseTalk[] = await Promise.all(
      [...agencies].map(async (agency) => ({
        agency,
        name: await visit.names.agency(agency),
        isOpen: open.has(agency),
        unread: items.filter((each) => each.agency === agency && isUnread(each)).length,
      })),
    )
    const body = <CaseTalksPage id={id} reference={reference} talks={talks} />
    return { kind: 'page', title: 'talks.title', place: 'cases', isLive: true, body }
  })
}
