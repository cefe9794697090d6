import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Unread } from '../../../src/contracts/notices.ts'
import { Problem } from '../../../src/problem.ts'
import type { Context, Route } from '../../../src/service.ts'
import type { Actor } from '../../../src/actor.ts'
import { readHeads } from '../feed.ts'

const Seen = Type.Object(
  { up_to: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) },
  { additionalProperties: false },
)

const unreadOf = (head: number, seen: number) => ({ head, seen, unread: Math.max(head - seen, 0) })

const readSeen = async (ctx: Context, actor: Actor): Promise<number> => {
  const [row] = await ctx.db.withActor(actor, (tx) =>
    tx.execute<{ up_to: string }>(sql`
      select up_to from notifications.seen
      where agency = ${actor.agency} and person = ${actor.id}`),
  )
  return Number(row?.up_to ?? 0)
}

export const readUnread: Route = (app, ctx) => {
  app.get(
    '/v1/feed/unread',
    {
      config: { authority: 'feed.read' },
      schema: {
        summary: 'How far you have looked through the feed, on whichever device',
        tags: ['notifications'],
        response: { 200: Unread },
      },
    },
    async (request) => {
      const { actor } = request
      if (actor.agency === null) throw new Problem('not_found')
      const [[head = 0], seen] = await Promise.all([
        readHeads(ctx.db, [actor.agency]),
        readSeen(ctx, actor),
      ])
      return unreadOf(head, seen)
    },
  )
}

/** Natural: the mark only moves forward, so that a repetition needs no key. */
export const markSeen: Route = (app, ctx) => {
  app.put(
    '/v1/feed/seen',
    {
      config: { authority: 'feed.read' },
      schema: {
        summary: 'You have seen everything up to a number; your other devices are told',
        tags: ['notifications'],
        body: Seen,
        response: { 200: Unread },
      },
    },
    async (request) => {
      const { agency, id: person } = request.actor
      if (agency === null) throw new Problem('not_found')
      const [head = 0] = await readHeads(ctx.db, [agency])
      const asked = request.body.up_to
      if (asked > head) throw new Problem('after_beyond_end', { params: { head } })
      const see = ctx.db.gathered<object, { i: number; up_to: string }>('notifications.see')
      const { up_to } = await see({ agency, person, up_to: asked })
      ctx.bus.tell(`live.${agency}.seen`, { person, up_to: Number(up_to) })
      return unreadOf(head, Number(up_to))
    },
  )
}
