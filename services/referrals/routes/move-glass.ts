import { eq, sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import {
  GLASS_HOURS,
  GLASS_REVIEW_HOURS,
  GlassRead,
  GlassStep,
} from '../../../src/contracts/break-glass.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { setTimer } from '../../../src/timers.ts'
import { demandState, glassEvent, holdGlass, presentGlass } from '../break-glass.ts'
import { breakGlass } from '../tables.ts'

const HOUR_MS = 3_600_000
const params = Type.Object({ id: Id }, { additionalProperties: false })
const next = { version: sql<number>`${breakGlass.version} + 1` }

export const approveGlass: Route = (app, ctx) => {
  app.post(
    '/v1/break-glass/:id/approve',
    {
      config: { authority: 'break_glass.approve' },
      schema: {
        summary: 'Approve as the second person: it is open for 24 hours from now',
        description: 'Asks for a recent proof of who you are.',
        tags: ['break-glass'],
        params,
        body: GlassStep,
        response: { 200: GlassRead },
      },
    },
    async (request) => {
      const { id } = request.params
      const { actor } = request
      const { body } = await once(ctx, request, async (tx) => {
        const asked = { id, version: request.body.version }
        const row = await holdGlass(tx, request, 'break_glass.approve', asked)
        demandRecent(request)
        const now = ctx.now()
        demandState(row, now, ['asked'])
        const endsAt = new Date(now.getTime() + GLASS_HOURS * HOUR_MS)
        const reviewDue = new Date(now.getTime() + GLASS_REVIEW_HOURS * HOUR_MS)
        const set = { approvedBy: actor.id, approvedAt: now, endsAt, reviewDue, ...next }
        await tx.update(breakGlass).set(set).where(eq(breakGlass.id, id))
        await setTimer(tx, { name: 'referrals.glass_review', key: id, due: reviewDue })
        await append(tx, actor, glassEvent(row, 'approved', { ends_at: endsAt.toISOString() }))
        const after = { ...row, ...set, version: row.version + 1 }
        return { status: 200, body: presentGlass(after, actor.agency, now) }
      })
      return body
    },
  )
}

export const endGlass: Route = (app, ctx) => {
  app.post(
    '/v1/break-glass/:id/end',
    {
      config: { authority: 'break_glass.end' },
      schema: {
        summary:
          'End it before its time, or take the request back: either of the two, or the owner',
        tags: ['break-glass'],
        params,
        body: GlassStep,
        response: { 200: GlassRead },
      },
    },
    async (request) => {
      const { id } = request.params
      const { actor } = request
      const { body } = await once(ctx, request, async (tx) => {
        const asked = { id, version: request.body.version }
        const row = await holdGlass(tx, request, 'break_glass.end', asked)
        const now = ctx.now()
        demandState(row, now, ['asked', 'open'])
        const set = { endedBy: actor.id, endedAt: now, ...next }
        await tx.update(breakGlass).set(set).where(eq(breakGlass.id, id))
        await append(tx, actor, glassEvent(row, 'ended'))
        const after = { ...row, ...set, version: row.version + 1 }
        return { status: 200, body: presentGlass(after, actor.agency, now) }
      })
      return body
    },
  )
}
