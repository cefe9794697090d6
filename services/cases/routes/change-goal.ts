import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { ChangedGoal, EntryRead } from '../../../src/contracts/pathway.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readEntries } from '../entries.ts'
import { ownCase } from '../own-case.ts'
import { entry } from '../pathway-tables.ts'

export const changeGoal: Route = (app, ctx) => {
  app.put(
    '/v1/cases/:id/goals/:entry',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Say what became of a goal, or who sees to it and by when; its words stay',
        tags: ['pathway'],
        params: Type.Object({ id: Id, entry: Id }, { additionalProperties: false }),
        body: ChangedGoal,
        response: { 200: EntryRead },
      },
    },
    async (request, reply) => {
      const { id, entry: goal } = request.params
      const { version, state, due_on: dueOn, owner } = request.body
      const { status, body } = await once(ctx, request, async (tx) => {
        const { owner: agency } = await ownCase(tx, request, 'case.write', id)
        const isIt = and(eq(entry.id, goal), eq(entry.case_id, id), eq(entry.kind, 'goal'))
        const [current] = await tx.select().from(entry).where(isIt)
        if (current === undefined) throw new Problem('not_found')
        if (current.version !== version) {
          throw new Problem('version_conflict', { members: { version: current.version } })
        }
        const [changed] = await tx
          .update(entry)
          .set({
            state,
            version: version + 1,
            changed_at: ctx.now(),
            ...(dueOn === undefined ? {} : { due_on: dueOn }),
            ...(owner === undefined ? {} : { details: { ...current.details, owner } }),
          })
          .where(and(isIt, eq(entry.version, version)))
          .returning()
        if (changed === undefined) throw new Problem('version_conflict')
        await append(tx, request.actor, {
          type: 'cases.entry.changed.v1',
          subject: id,
          object: goal,
          data: { kind: 'goal', version: changed.version, state },
        })
        const [read] = await readEntries(tx, [changed], agency)
        if (read === undefined) throw new Problem('not_found')
        return { status: 200, body: read }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
