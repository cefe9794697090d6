import { and, eq } from 'drizzle-orm'
import type { Static } from 'typebox'
import type { Actor } from '../../../src/actor.ts'
import { GrantRead } from '../../../src/contracts/consent.ts'
import { BASIS_COVERS, NewBasis } from '../../../src/contracts/lawful-basis.ts'
import type { Tx } from '../../../src/db.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { putGrant } from '../grants.ts'
import { demandRecipients } from '../recipients.ts'
import { onRecord } from '../refusal.ts'
import { caseForConsent, grant, readGrant, type GrantRow } from '../tables.ts'
import { takeFrom } from '../take-away.ts'

const HOUR_MS = 3_600_000

type Asked = Static<typeof NewBasis>

const checkBasis = (asked: Asked, agency: string | null): void => {
  if (asked.recipient === agency) {
    const message = { id: 'Sebut lembaga lain.', en: 'Name another agency than your own.' }
    throw new Problem('invalid_request', { errors: [{ field: 'recipient', message }] })
  }
  const { purposes, categories } = BASIS_COVERS[asked.basis]
  const isCovered =
    purposes.includes(asked.purpose) && asked.categories.every((one) => categories.includes(one))
  if (!isCovered) throw new Problem('basis_does_not_cover', { members: { purposes, categories } })
}

/** The row that this basis already has, with what the new terms leave out taken away from it. */
const narrowed = async (tx: Tx, actor: Actor, asked: Asked): Promise<GrantRow | undefined> => {
  const [known] = await tx
    .select()
    .from(grant)
    .where(
      and(
        eq(grant.case, asked.case),
        eq(grant.recipient, asked.recipient),
        eq(grant.purpose, asked.purpose),
        eq(grant.basis, asked.basis),
      ),
    )
    .for('update')
  if (known?.status === 'active') {
    const lost = known.categories.filter((one) => !asked.categories.includes(one))
    await takeFrom(tx, actor, known, lost)
  }
  return known
}

export const recordBasis: Route = (app, ctx) => {
  app.post(
    '/v1/lawful-bases',
    {
      config: { authority: 'consent.record_basis' },
      schema: {
        summary: 'Permit by another lawful basis than consent, for at most 72 hours',
        description:
          'Each basis has its own purposes and minimum data. Recorded again with fewer categories, it takes the others back at once.',
        tags: ['consent'],
        body: NewBasis,
        response: { 201: GrantRead },
      },
    },
    async (request, reply) => {
      const asked = request.body
      const { actor } = request
      const { purpose, basis, recipient, categories } = asked
      const attempt = { object: asked.case, purpose, categories, data: { verb: 'record', basis } }
      const change = async (tx: Tx) => {
        const { isMinor, owner } = await caseForConsent(tx, asked.case, actor.agency)
        await demandRecipients(tx, [recipient])
        const known = await narrowed(tx, actor, asked)
        const startsAt = ctx.now()
        const endsAt = new Date(startsAt.getTime() + asked.hours * HOUR_MS)
        const to = { case: asked.case, owner, recipient, purpose, known }
        const row = await putGrant(tx, to, {
          basis,
          legal_reference: asked.legal_reference,
          statement: null,
          statement_version: null,
          statement_digest: null,
          categories,
          onward: 'none',
          by_guardian: false,
          approved_by: actor.id,
          period: { startsAt, endsAt, sensitiveEndsAt: endsAt, untilClosed: false },
        })
        await append(tx, actor, {
          type: 'consent.lawful_basis.recorded.v1',
          subject: asked.case,
          object: row.id,
          purpose,
          categories: row.categories,
          data: { basis, recipient, hours: asked.hours, version: row.version },
        })
        return { status: 201, body: readGrant(row, startsAt, isMinor) }
      }
      const { status, body } = await onRecord(attempt, async () => {
        checkBasis(asked, actor.agency)
        return await once(ctx, request, change)
      })
      ctx.bus.wake('security_events')
      return reply.code(status as 201).send(body)
    },
  )
}
