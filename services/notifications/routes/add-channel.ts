import { sql } from 'drizzle-orm'
import { Channel, NewChannel } from '../../../src/contracts/notices.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { createOutbound, OutboundError } from '../../../src/outbound.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Context, Route } from '../../../src/service.ts'
import { fingerprintOf, leadOf, sealLead, shownLead } from '../channels.ts'
import { PUSH_HOSTS } from '../ways/push.ts'

const MOST = 20

/** A program's channels and webhooks are the agency's; a person's own need no leave. */
const isForAgency = (channel: NewChannel, isPerson: boolean): boolean =>
  !isPerson ||
  'url' in channel ||
  'number' in channel ||
  ('for' in channel && channel.for === 'agency')

const checkLead = (ctx: Context, channel: NewChannel, hosts: readonly string[]): void => {
  if ('to' in channel && ctx.config.secrets.smtpUrl === null) throw new Problem('mail_not_set_up')
  const url = 'url' in channel ? channel.url : 'endpoint' in channel ? channel.endpoint : null
  if (url === null) return
  const outbound = createOutbound({ allowLoopback: ctx.config.outboundLoopback })
  try {
    outbound.check(url, 'url' in channel ? hosts : PUSH_HOSTS)
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    throw new Problem('address_refused', { params: { why: error.code } })
  }
}

export const addChannel: Route = (app, ctx) => {
  app.post(
    '/v1/channels',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: 'Be told by mail, push or webhook; or name a number to be telephoned',
        tags: ['notifications'],
        body: NewChannel,
        response: { 201: Channel },
      },
    },
    async (request, reply) => {
      const { actor, body: asked } = request
      const forAgency = isForAgency(asked, actor.kind === 'person')
      if (forAgency) authorize(request, 'channel.agency', { kind: 'none' })
      const agency = actor.agency ?? ''
      const person = forAgency ? '' : actor.id
      const { body } = await once(ctx, request, async (tx) => {
        const hosts = await tx.execute<{ host: string }>(sql`
          select host from notifications.host where agency = ${agency}`)
        checkLead(
          ctx,
          asked,
          hosts.map(({ host }) => host),
        )
        const [count] = await tx.execute<{ n: number }>(sql`
          select count(*)::int as n from notifications.channel
          where agency = ${agency} and person = ${person} and active`)
        if ((count?.n ?? 0) >= MOST)
          throw new Problem('too_many_channels', { params: { most: MOST } })
        const id = newId()
        const lead = leadOf(asked)
        const box = sealLead(ctx.keys, id, lead)
        const [row] = await tx.execute<{ at: string }>(sql`
          insert into notifications.channel
            (id, agency, person, kind, is_supervisor, ciphertext, wrapped_key, fingerprint)
          values (${id}, ${agency}, ${person}, ${asked.kind}, ${actor.roles.includes('supervisor')},
            decode(${box.ciphertext.toString('base64')}, 'base64'),
            decode(${box.wrappedKey.toString('base64')}, 'base64'), ${fingerprintOf(ctx.keys, lead)})
          on conflict (agency, person, fingerprint) do nothing returning at`)
        if (row === undefined) throw new Problem('channel_known')
        // What it leads to is not kept with the answer.
        return { status: 201, body: { id, at: new Date(row.at).toISOString() } }
      })
      return reply.code(201).send({
        ...body,
        kind: asked.kind,
        for: forAgency ? 'agency' : 'me',
        active: true,
        leads_to: shownLead(leadOf(asked)),
      })
    },
  )
}
