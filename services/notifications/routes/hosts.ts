import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { isPartnerHost } from '../../../src/outbound.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'

const Hosts = Type.Object(
  {
    hosts: Type.Array(Type.String({ maxLength: 253 }), { maxItems: 20, uniqueItems: true }),
  },
  { additionalProperties: false },
)

/** Which servers the hub may call for an agency is the hub's decision, not the agency's. */
export const setHosts: Route = (app, ctx) => {
  app.put(
    '/v1/agencies/:id/hosts',
    {
      config: { authority: 'agency.write' },
      schema: {
        summary: "Register the host names that an agency's webhooks may lead to",
        tags: ['notifications'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: Hosts,
        response: { 200: Hosts },
      },
    },
    async (request) => {
      const { hosts } = request.body
      const { id } = request.params
      const bad = hosts.findIndex((host) => !isPartnerHost(host))
      if (bad >= 0) {
        const message = {
          id: 'Tulis nama host lengkap dengan huruf kecil, tanpa port dan tanpa alamat IP.',
          en: 'Write a full host name in lower case, without a port, and never an address.',
        }
        throw new Problem('invalid_request', { errors: [{ field: `hosts.${bad}`, message }] })
      }
      const { body } = await once(ctx, request, async (tx) => {
        const list = `{${hosts.join(',')}}`
        await tx.execute(sql`
          delete from notifications.host where agency = ${id} and host <> all(${list}::text[])`)
        await tx.execute(sql`
          insert into notifications.host (agency, host)
          select ${id}, unnest(${list}::text[]) on conflict do nothing`)
        await append(tx, request.actor, {
          type: 'notifications.hosts.registered.v1',
          concerned: [id],
          object: id,
          data: { count: hosts.length },
        })
        return { status: 200, body: { hosts } }
      })
      return body
    },
  )
}
