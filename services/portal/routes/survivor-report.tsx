import { Type } from 'typebox'
import type { SurvivorReport } from '../../../src/contracts/audit-review.ts'
import { Id } from '../../../src/contracts/codes.ts'
import type { PortalRoute } from '../page.ts'
import { SurvivorReportPage } from '../pages/survivor-report.tsx'

const params = Type.Object({ id: Id })

/** Offered by a worker, never pushed: nothing here sends anything. */
export const survivorReport: PortalRoute = (portal) => {
  portal.get('/cases/:id/report', { params }, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const { holders } = await visit.api.get<SurvivorReport>(`/v1/audit/cases/${id}/report`)
    const { when } = visit
    const rows = holders.map((holder) => ({
      holder,
      lastOpened: holder.last_opened_at === null ? null : when.day(holder.last_opened_at),
    }))
    return {
      kind: 'page',
      title: 'report.page',
      place: 'cases',
      body: (
        <SurvivorReportPage
          rows={rows}
          at={when.full(new Date().toISOString())}
          back={`/cases/${id}`}
        />
      ),
    }
  })
}
