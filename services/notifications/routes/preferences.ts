import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { oneOf } from '../../../src/contracts/codes.ts'
import { Preference } from '../../../src/contracts/notices.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import type { FastifyRequest } from 'fastify'

const Whose = Type.Object({ for: oneOf(['me', 'agency']) }, { additionalProperties: false })

const DEFAULTS: Preference = {
  least: 'all',
  time_zone: 'Asia/Jakarta',
  quiet_from: null,
  quiet_to: null,
  urgent_always: true,
  digest_at: null,
  version: 0,
}

const personOf = (request: FastifyRequest, whose: 'me' | 'agency'): string =>
  whose === 'agency' ? '' : request.actor.id

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const wrong = (field: string, id: string, en: string): Problem =>
  new Problem('invalid_request', { errors: [{ field, message: { id, en } }] })

export const getPreference: Route = (app, ctx) => {
  app.get(
    '/v1/preferences/:for',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: 'When and how much you, or your agency, want to be told',
        tags: ['notifications'],
        params: Whose,
        response: { 200: Preference },
      },
    },
    async (request) => {
      const person = personOf(request, request.params.for)
      const [row] = await ctx.db.withActor(request.actor, (tx) =>
        tx.execute<Preference & Record<string, unknown>>(sql`
          select least, time_zone, to_char(quiet_from, 'HH24:MI') as quiet_from,
            to_char(quiet_to, 'HH24:MI') as quiet_to, urgent_always,
            to_char(digest_at, 'HH24:MI') as digest_at, version
          from notifications.preference
          where agency = ${request.actor.agency} and person = ${person}`),
      )
      return row ?? DEFAULTS
    },
  )
}

export const setPreference: Route = (app, ctx) => {
  app.put(
    '/v1/preferences/:for',
    {
      config: { authority: 'channel.own' },
      schema: {
        summary: 'Set when and how much; it holds for notices from now on',
        tags: ['notifications'],
        params: Whose,
        body: Preference,
        response: { 200: Preference },
      },
    },
    async (request) => {
      const wish = request.body
      if (request.params.for === 'agency') authorize(request, 'channel.agency', { kind: 'none' })
      if (!isTimeZone(wish.time_zone)) {
        throw wrong('time_zone', 'Zona waktu tidak dikenal.', 'This time zone is not known.')
      }
      if ((wish.quiet_from === null) !== (wish.quiet_to === null)) {
        throw wrong('quiet_to', 'Isi keduanya atau kosongkan.', 'Give both ends, or none.')
      }
      const person = personOf(request, request.params.for)
      const { agency } = request.actor
      const { body } = await once(ctx, request, async (tx) => {
        const [row] = await tx.execute<{ version: number }>(sql`
          insert into notifications.preference as p (agency, person, least, time_zone, quiet_from,
            quiet_to, urgent_always, digest_at)
          values (${agency}, ${person}, ${wish.least}, ${wish.time_zone}, ${wish.quiet_from}::time,
            ${wish.quiet_to}::time, ${wish.urgent_always}, ${wish.digest_at}::time)
          on conflict (agency, person) do update set least = excluded.least,
            time_zone = excluded.time_zone, quiet_from = excluded.quiet_from,
            quiet_to = excluded.quiet_to, urgent_always = excluded.urgent_always,
            digest_at = excluded.digest_at, version = p.version + 1
          where p.version = ${wish.version}
          returning version`)
        if (row === undefined) throw new Problem('version_conflict')
        return { status: 200, body: { ...wish, version: row.version } }
      })
      return body
    },
  )
}
