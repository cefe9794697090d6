import { Type, type Static } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { ProposalPage, ProposalRead } from '../../../src/contracts/identity.ts'
import { Problem } from '../../../src/problem.ts'
import { allPages, pathWith } from '../all-pages.ts'
import type { PortalRoute } from '../page.ts'
import { ProposalPageOf } from '../pages/proposal.tsx'
import { ProposalsPage } from '../pages/proposals.tsx'
import { NO_TROUBLE, type Trouble } from '../parts/trouble.tsx'
import { proposalSight } from '../proposal-sight.ts'
import { troubleOf } from '../trouble.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'

const Query = {
  querystring: Type.Object({
    all: Type.Optional(Type.Boolean()),
    after: Type.Optional(Type.String({ maxLength: 600 })),
  }),
}
const One = { params: Type.Object({ id: Id }) }

export const PROPOSALS = '/v1/identity/proposals'
const idOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id

const find = async (visit: SignedVisit): Promise<ProposalRead> => {
  const id = idOf(visit)
  const isIt = (proposal: ProposalRead): boolean => proposal.id === id
  const found = (await allPages(visit, PROPOSALS, isIt)).find(isIt)
  if (found === undefined) throw new Problem('not_found')
  return found
}

const proposalPage = async (
  visit: SignedVisit,
  trouble: Trouble = NO_TROUBLE,
  form: Form | null = null,
): Promise<PageView> => {
  const sight = await proposalSight(visit, await find(visit))
  const isHub = visit.me.agency === null
  const body = <ProposalPageOf sight={sight} isHub={isHub} trouble={trouble} form={form} />
  const status = trouble === NO_TROUBLE ? 200 : 422
  return { kind: 'page', title: 'proposal.title', place: 'more', status, body }
}

/** What waits, from the oldest page to the newest, or everything page by page. */
const load = async (visit: SignedVisit, all: boolean, after: string | undefined) => {
  if (all) {
    return await visit.api.get<Static<typeof ProposalPage>>(pathWith(PROPOSALS, { after }))
  }
  const items = await allPages<ProposalRead>(visit, PROPOSALS)
  return { items: items.filter(({ state }) => state === 'open'), next: null }
}

/** What founds trust: proposed by one, agreed to by two administrators of the hub, or rejected. */
export const proposals: PortalRoute = (portal) => {
  portal.get('/proposals', Query, async (visit) => {
    const { all = false, after } = visit.request.query as { all?: boolean; after?: string }
    const { items, next } = await load(visit, all, after)
    const sights = await Promise.all(items.map((item) => proposalSight(visit, item)))
    const body = <ProposalsPage sights={sights} all={all} next={next} />
    return { kind: 'page', title: 'proposal.title', place: 'more', body }
  })
  portal.get('/proposals/:id', One, (visit) => proposalPage(visit))
  for (const verb of ['approve', 'reject'] as const) {
    portal.post(`/proposals/:id/${verb}`, One, async (visit, form) => {
      const path = `/proposals/${idOf(visit)}`
      const heard = form.text('fingerprint')
      const asked = {
        version: Number(form.text('version')),
        ...(verb === 'approve' && heard !== undefined ? { fingerprint: heard } : {}),
      }
      const options = { idempotencyKey: form.text('key') ?? '' }
      try {
        await visit.api.post(`${PROPOSALS}/${idOf(visit)}/${verb}`, asked, options)
      } catch (error) {
        return await proposalPage(visit, troubleOf(error, 'fingerprint', path), form)
      }
      return goTo(path)
    })
  }
}
