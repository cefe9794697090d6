import { sql } from 'drizzle-orm'
import { Type, type Static } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { TaskPage, type Task } from '../../../src/contracts/notices.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'

const Query = Type.Object(
  {
    state: Type.Optional(oneOf(['open', 'done'])),
    after: Type.Optional(Id),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

type Row = Record<string, unknown> & Static<typeof Task>
const instant = (text: string): string => new Date(text).toISOString()

export const listTasks: Route = (app, ctx) => {
  app.get(
    '/v1/tasks',
    {
      config: { authority: 'task.do' },
      schema: {
        summary: 'What a person has to do because the hub could not; newest first',
        tags: ['notifications'],
        querystring: Query,
        response: { 200: TaskPage },
      },
    },
    async (request) => {
      const { actor, query } = request
      const after = query.after === undefined ? sql`` : sql`and id < ${query.after}`
      const state = query.state === 'done' ? sql`is not null` : sql`is null`
      const rows = await ctx.db.withActor(actor, (tx) =>
        tx.execute<Row>(sql`
          select id, kind, object, data, at, done_at from notifications.task
          where agency is not distinct from ${actor.agency} and done_at ${state} ${after}
          order by id desc limit ${query.limit + 1}`),
      )
      const items = rows.slice(0, query.limit).map((row) => ({
        ...row,
        at: instant(row.at),
        done_at: row.done_at === null ? null : instant(row.done_at),
      }))
      return { items, next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null }
    },
  )
}

export const finishTask: Route = (app, ctx) => {
  app.post(
    '/v1/tasks/:id/done',
    {
      config: { authority: 'task.do' },
      schema: {
        summary: 'Say that a task is done',
        tags: ['notifications'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: Type.Object({ id: Id }, { additionalProperties: false }) },
      },
    },
    async (request) => {
      const { actor } = request
      const { id } = request.params
      const { body } = await once(ctx, request, async (tx) => {
        const [row] = await tx.execute<{ kind: string; object: string }>(sql`
          update notifications.task set done_at = clock_timestamp(), done_by = ${actor.id}
          where id = ${id} and agency is not distinct from ${actor.agency} and done_at is null
          returning kind, object`)
        if (row === undefined) throw new Problem('not_found')
        await append(tx, actor, {
          type: 'notifications.task.done.v1',
          object: id,
          data: { kind: row.kind },
        })
        return { status: 200, body: { id } }
      })
      return body
    },
  )
}
