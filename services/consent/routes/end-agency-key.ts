import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import { AgencyKeyName, AgencyKeySet, EndedAgencyKey } from '../../../src/contracts/agency-key.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize, refusal } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { keysOfAgency } from '../agency-keys.ts'

/** @throws Problem invalid_request */
const demandPast = (state: string, since: string, now: Date): void => {
  const at = new Date(since)
  if (state === 'revoked' && at <= now && at.getTime() >= 0) return
  const message = {
    id: 'Hanya untuk kunci yang dicabut, dan tidak sesudah sekarang.',
    en: 'Only of a key that is revoked, and not after now.',
  }
  throw new Problem('invalid_request', { errors: [{ field: '/compromised_since', message }] })
}

export const endAgencyKey: Route = (app, ctx) => {
  app.post(
    '/v1/agency-keys/:agency/:kid/end',
    {
      config: { authority: 'agency_key.end' },
      schema: {
        summary: "Retire an agency's own key, or revoke it and tell every holder",
        description:
          'What a retired key signed goes on permitting. What a revoked one signed since `compromised_since` (not said: ever) permits nothing until the survivor has consented anew; a second call may name an earlier time.',
        tags: ['consent'],
        params: Type.Object({ agency: Id, kid: AgencyKeyName }, { additionalProperties: false }),
        body: EndedAgencyKey,
        response: { 200: AgencyKeySet },
      },
    },
    async (request, reply) => {
      const { actor } = request
      const { agency, kid } = request.params
      const { state, compromised_since: since } = request.body
      demandRecent(request)
      if (since !== undefined) demandPast(state, since, ctx.now())
      if (actor.agency !== null) {
        authorize(request, 'agency_key.end', { kind: 'owned', owner: agency })
      }
      const { body } = await once(ctx, request, async (tx) => {
        const [row] = await tx.execute<{ done: boolean; holders: string[] }>(
          sql`select * from consent.end_agency_key(${agency}, ${kid}, ${state},
            ${since ?? null}::timestamptz)`,
        )
        if (row === undefined) throw new Problem('not_found')
        if (!row.done) throw refusal('agency_key_ended', { data: { kid, state } })
        await append(tx, actor, {
          type: 'consent.agency_key.changed.v1',
          concerned: [agency, ...row.holders],
          data: { agency, kid, state },
        })
        const keys = await keysOfAgency(ctx, tx, agency, actor)
        return { status: 200, body: keys }
      })
      ctx.bus.wake('security_events')
      return reply.code(200).send(body)
    },
  )
}
