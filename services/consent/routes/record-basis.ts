import { and, eq } from 'drizzle-orm'
import { GrantRead, NewBasis } from '../../../src/contracts/consent.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { putGrant } from '../grants.ts'
import { caseForConsent, grant, readGrant } from '../tables.ts'

const HOUR_MS = 3_600_000

export const recordBasis: Route = (app, ctx) => {
  app.post(
    '/v1/lawful-bases',
    {
      config: { authority: 'consent.record_basis' },
      schema: {
        summary: 'Permit by another lawful basis than consent, for at most 72 hours',
        tags: ['consent'],
        body: NewBasis,
        response: { 201: GrantRead },
      },
    },
    async (request, reply) => {
      const asked = request.body
      const { actor } = request
      if (asked.recipient === actor.agency) {
        const message = { id: 'Sebut lembaga lain.', en: 'Name another agency than your own.' }
        throw new Problem('invalid_request', { errors: [{ field: 'recipient', message }] })
      }
      const { status, body } = await once(ctx, request, async (tx) => {
        const { owner } = await caseForConsent(tx, asked.case, actor.agency)
        const { recipient, purpose, basis } = asked
        const [known] = await tx
          .select()
          .from(grant)
          .where(
            and(
              eq(grant.case, asked.case),
              eq(grant.recipient, recipient),
              eq(grant.purpose, purpose),
              eq(grant.basis, basis),
            ),
          )
          .for('update')
        const startsAt = new Date()
        const endsAt = new Date(startsAt.getTime() + asked.hours * HOUR_MS)
        const to = { case: asked.case, owner, recipient, purpose, known }
        const row = await putGrant(tx, to, {
          basis,
          legal_reference: asked.legal_reference,
          statement: null,
          statement_version: null,
          statement_digest: null,
          categories: asked.categories,
          onward: 'none',
          period: { startsAt, endsAt, sensitiveEndsAt: endsAt },
        })
        await append(tx, actor, {
          type: 'consent.lawful_basis.recorded.v1',
          subject: asked.case,
          object: row.id,
          purpose,
          categories: row.categories,
          data: { basis, recipient, hours: asked.hours, version: row.version },
        })
        return { status: 201, body: readGrant(row, startsAt) }
      })
      return reply.code(status as 201).send(body)
    },
  )
}
