import { Type, type Static } from 'typebox'
import { CaseName } from '../../../src/contracts/audit.ts'
import type { OpeningPage } from '../../../src/contracts/audit-review.ts'
import type { PortalRoute } from '../page.ts'
import { CaseOpeningsPage, MinePage } from '../pages/audit-openings.tsx'
import { openingRow } from '../trail.ts'
import type { SignedVisit } from '../visit.ts'

const querystring = Type.Object({ after: Type.Optional(Type.String({ maxLength: 100 })) })
const params = Type.Object({ case: CaseName })

const load = async (visit: SignedVisit, path: string) => {
  const { after } = visit.request.query as { after?: string }
  const onward = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
  const page = await visit.api.get<Static<typeof OpeningPage>>(`${path}${onward}`)
  const rows = await Promise.all(page.items.map((item) => openingRow(visit, item)))
  return { rows, next: page.next, nobody: page.nobody }
}

/** Who opened a case, for its reviewers; what one opened oneself, for everybody. */
export const auditOpenings: PortalRoute = (portal) => {
  portal.get('/audit/cases/:case', { params, querystring }, async (visit) => {
    const { case: name } = visit.request.params as { case: string }
    const found = await load(visit, `/v1/audit/cases/${encodeURIComponent(name)}/openings`)
    return {
      kind: 'page',
      title: 'audit.case.title',
      place: 'audit',
      body: <CaseOpeningsPage {...found} name={name} />,
    }
  })
  portal.get('/audit/mine', { querystring }, async (visit) => ({
    kind: 'page',
    title: 'audit.mine.title',
    place: 'more',
    body: <MinePage {...await load(visit, '/v1/audit/mine')} />,
  }))
}
