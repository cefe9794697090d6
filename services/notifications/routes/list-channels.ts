import { sql } from 'drizzle-orm'
import { ChannelList, type ChannelKind } from '../../../src/contracts/notices.ts'
import type { Route } from '../../../src/service.ts'
import { openLead, shownLead } from '../channels.ts'

interface Row extends Record<string, unknown> {
  readonly id: string
  readonly person: string
  readonly kind: ChannelKind
  readonly active: boolean
  readonly at: string
  readonly ciphertext: string
  readonly wrapped_key: string
}

export const listChannels: Route = (app, ctx) => {
  app.get(
    '/v1/channels',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: "Your own channels and the agency's",
        tags: ['notifications'],
        response: { 200: ChannelList },
      },
    },
    async (request) => {
      const { actor } = request
      const rows = await ctx.db.withActor(actor, (tx) =>
        tx.execute<Row>(sql`
          select id, person, kind, active, at, encode(ciphertext, 'base64') as ciphertext,
            encode(wrapped_key, 'base64') as wrapped_key
          from notifications.channel
          where agency = ${actor.agency} and person in ('', ${actor.id}) order by id limit 200`),
      )
      const items = rows.map((row) => {
        const box = {
          ciphertext: Buffer.from(row.ciphertext, 'base64'),
          wrappedKey: Buffer.from(row.wrapped_key, 'base64'),
        }
        return {
          id: row.id,
          kind: row.kind,
          for: row.person === '' ? ('agency' as const) : ('me' as const),
          active: row.active,
          leads_to: shownLead(openLead(ctx.keys, row.id, box)),
          at: new Date(row.at).toISOString(),
        }
      })
      return { items }
    },
  )
}
