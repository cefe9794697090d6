import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { Tx } from '../../../src/db.ts'
import type { Actor } from '../../../src/actor.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'

const ById = Type.Object({ id: Id }, { additionalProperties: false })
const Done = Type.Object({ id: Id }, { additionalProperties: false })

/** One's own, or the agency's. @throws Problem not_found */
const channelOf = async (tx: Tx, actor: Actor, id: string) => {
  const [row] = await tx.execute<{ person: string }>(sql`
    select person from notifications.channel
    where id = ${id} and agency = ${actor.agency} and person in ('', ${actor.id}) and active
    for update`)
  if (row === undefined) throw new Problem('not_found')
  return row
}

export const removeChannel: Route = (app, ctx) => {
  app.delete(
    '/v1/channels/:id',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: 'Be told no more this way; a push is removed so at sign-out',
        tags: ['notifications'],
        params: ById,
        response: { 200: Done },
      },
    },
    async (request) => {
      const { id } = request.params
      const { body } = await once(ctx, request, async (tx) => {
        const { person } = await channelOf(tx, request.actor, id)
        if (person === '') authorize(request, 'channel.agency', { kind: 'none' })
        await tx.execute(sql`
          update notifications.channel set active = false, fingerprint = fingerprint || ${`/${newId()}`}
          where id = ${id}`)
        await tx.execute(sql`
          update notifications.delivery set state = 'dead', failure = 'channel_removed'
          where channel = ${id} and state = 'waiting'`)
        return { status: 200, body: { id } }
      })
      return body
    },
  )
}

/** "Send a test to me": the neutral text itself, by the way of every other notice. */
export const testChannel: Route = (app, ctx) => {
  app.post(
    '/v1/channels/:id/test',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: 'Send a notice of trial to a channel',
        tags: ['notifications'],
        params: ById,
        response: { 200: Type.Object({ notice: Id }, { additionalProperties: false }) },
      },
    },
    async (request) => {
      const { id } = request.params
      const { body } = await once(ctx, request, async (tx) => {
        await channelOf(tx, request.actor, id)
        const notice = newId()
        await tx.execute(sql`
          insert into notifications.delivery (id, agency, channel, entry, type, level, n, try_at)
          values (${notice}, ${request.actor.agency}, ${id}, ${notice}, 'test', 'urgent', 0,
            ${ctx.now().toISOString()})`)
        return { status: 200, body: { notice } }
      })
      return body
    },
  )
}
