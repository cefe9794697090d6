import { sql } from 'drizzle-orm'
import { NumberParams, ReviewMark, Reviewed } from '../../../src/contracts/audit-review.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { selectOwn } from '../trail.ts'

export const markEntry: Route = (app, ctx) => {
  app.post(
    '/v1/audit/entries/:n/review',
    {
      config: { authority: 'audit.review' },
      schema: {
        summary: 'Mark an entry as reviewed, or ask who acted for a reason; that is an entry too',
        tags: ['audit'],
        params: NumberParams,
        body: ReviewMark,
        response: { 200: Reviewed },
      },
    },
    async (request, reply) => {
      const { actor } = request
      const { n } = request.params
      const { verdict } = request.body
      const { agency } = actor
      if (agency === null) throw new Problem('not_disclosed')
      const { status, body } = await once(ctx, request, async (tx) => {
        const [row] = await selectOwn(tx, agency, {
          where: sql`f.n = ${n}`,
          order: sql`f.n`,
          limit: 1,
        })
        if (row === undefined) throw new Problem('not_found')
        const isAsked = verdict === 'reason_asked'
        if (isAsked && (row.agency !== agency || row.actor === null)) {
          throw new Problem('nobody_to_ask')
        }
        await tx.execute(sql`
          insert into audit.review (agency, n, verdict, reviewer)
          values (${agency}, ${n}, ${verdict}, ${actor.id})
          on conflict (agency, n) do update set verdict = excluded.verdict,
            reviewer = excluded.reviewer, at = clock_timestamp()`)
        const asked = isAsked
          ? await tx.execute<{ id: string }>(sql`
              insert into audit.question (id, agency, n, entry, actor, asked_by)
              values (${newId()}, ${agency}, ${n}, ${row.id}, ${row.actor}, ${actor.id})
              on conflict (agency, n) do update set asked_by = audit.question.asked_by
              returning id`)
          : []
        await append(tx, actor, {
          type: isAsked ? 'audit.reason.asked.v1' : 'audit.entry.reviewed.v1',
          object: row.id,
          data: { n },
        })
        return { status: 200, body: { n, verdict, question: asked[0]?.id ?? null } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
