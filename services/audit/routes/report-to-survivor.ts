import { CaseParams, SurvivorReport } from '../../../src/contracts/audit-review.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { survivorReport } from '../survivor-report.ts'
import { subjectOf } from '../trail.ts'

/** Offered when a survivor asks; nothing of it is ever sent anywhere. */
export const reportToSurvivor: Route = (app, ctx) => {
  app.get(
    '/v1/audit/cases/:case/report',
    {
      config: { authority: 'case.read' },
      schema: {
        summary: 'Who holds what of a survivor and why, in plain words, for reading together',
        description: 'For the agency that owns the case. Reading is itself an entry.',
        tags: ['audit'],
        params: CaseParams,
        response: { 200: SurvivorReport },
      },
    },
    async (request) => {
      const { actor } = request
      const { agency } = actor
      const name = request.params.case
      const report = await ctx.db.withActor(actor, async (tx) => {
        const subject = agency === null ? null : await subjectOf(tx, agency, name)
        // By its id alone: whoever knows the case by a pseudonym does not own it.
        if (agency === null || subject === null || subject !== name) throw new Problem('not_found')
        const made = await survivorReport(tx, agency, subject)
        await append(tx, actor, {
          type: 'audit.trail.read.v1',
          subject,
          data: { items: made.holders.length, view: 'survivor' },
        })
        return made
      })
      ctx.bus.wake('ledger')
      return report
    },
  )
}
