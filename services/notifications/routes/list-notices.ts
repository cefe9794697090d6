import { sql } from 'drizzle-orm'
import { Type, type Static } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { NoticePage, type Notice } from '../../../src/contracts/notices.ts'
import { Problem } from '../../../src/problem.ts'
import { once } from '../../../src/idempotency.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'

const Query = Type.Object(
  {
    for: oneOf(['me', 'agency']),
    state: Type.Optional(oneOf(['waiting', 'sent', 'dead'])),
    after: Type.Optional(Id),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

type Row = Record<string, unknown> & Omit<Static<typeof Notice>, 'n'> & { readonly n: string }
const instant = (text: string): string => new Date(text).toISOString()

export const listNotices: Route = (app, ctx) => {
  app.get(
    '/v1/notices',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: 'What reached you, or your agency, and what did not; newest first',
        tags: ['notifications'],
        querystring: Query,
        response: { 200: NoticePage },
      },
    },
    async (request) => {
      const { actor, query } = request
      if (query.for === 'agency') authorize(request, 'channel.agency', { kind: 'none' })
      const person = query.for === 'me' ? sql`and c.person = ${actor.id}` : sql``
      const state = query.state === undefined ? sql`` : sql`and d.state = ${query.state}`
      const after = query.after === undefined ? sql`` : sql`and d.id < ${query.after}`
      const rows = await ctx.db.withActor(actor, (tx) =>
        tx.execute<Row>(sql`
          select d.id, d.channel, c.kind, case c.person when '' then 'agency' else 'me' end as for,
            d.type, d.level, d.n, d.state, d.tries, d.failure, d.try_at, d.at, d.sent_at
          from notifications.delivery d join notifications.channel c on c.id = d.channel
          where d.agency = ${actor.agency} ${person} ${state} ${after}
          order by d.id desc limit ${query.limit + 1}`),
      )
      const items = rows.slice(0, query.limit).map((row) => ({
        ...row,
        n: Number(row.n),
        try_at: instant(row.try_at),
        at: instant(row.at),
        sent_at: row.sent_at === null ? null : instant(row.sent_at),
      }))
      return { items, next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null }
    },
  )
}

/** A dead letter is tried again, from the beginning. */
export const resendNotice: Route = (app, ctx) => {
  app.post(
    '/v1/notices/:id/resend',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: 'Try again what could not be told',
        tags: ['notifications'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: Type.Object({ id: Id }, { additionalProperties: false }) },
      },
    },
    async (request) => {
      const { actor } = request
      const { id } = request.params
      const { body } = await once(ctx, request, async (tx) => {
        const [row] = await tx.execute<{ person: string; state: string; active: boolean }>(sql`
          select c.person, d.state, c.active
          from notifications.delivery d join notifications.channel c on c.id = d.channel
          where d.id = ${id} and d.agency = ${actor.agency} for update of d`)
        if (row === undefined) throw new Problem('not_found')
        if (row.person !== actor.id) authorize(request, 'channel.agency', { kind: 'none' })
        if (row.state !== 'dead' || !row.active) throw new Problem('notice_not_dead')
        await tx.execute(sql`
          update notifications.delivery set state = 'waiting', tries = 0, failure = null,
            try_at = ${ctx.now().toISOString()}, claimed_until = null
          where id = ${id}`)
        return { status: 200, body: { id } }
      })
      return body
    },
  )
}
