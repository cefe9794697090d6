import { eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import {
  GLASS_HOURS,
  GLASS_REVIEW_HOURS,
  GlassRead,
  GlassStep,
} from '../../../src/contracts/break-glass.ts'
import type { Actor } from '../../../src/actor.ts'
import { Id } from '../../../src/contracts/codes.ts'
import type { Tx } from '../../../src/db.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { setTimer } from '../../../src/timers.ts'
import { demandState, glassEvent, holdGlass, presentGlass } from '../break-glass.ts'
import { breakGlass, type GlassRow } from '../tables.ts'

const HOUR_MS = 3_600_000
const params = Type.Object({ id: Id }, { additionalProperties: false })
/** Writes a step of a glass that is held, and its entry; gives the answer. */
const takeStep = async (
  tx: Tx,
  actor: Actor,
  row: GlassRow,
  step: { set: Partial<GlassRow>; entry: ReturnType<typeof glassEvent>; now: Date },
) => {
  const set = { ...step.set, version: row.version + 1 }
  await tx.update(breakGlass).set(set).where(eq(breakGlass.id, row.id))
  await append(tx, actor, step.entry)
  return { status: 200, body: presentGlass({ ...row, ...set }, actor.agency, step.now) }
}

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
        const set = { approvedBy: actor.id, approvedAt: now, endsAt, reviewDue }
        await setTimer(tx, { name: 'referrals.glass_review', key: id, due: reviewDue })
        const entry = glassEvent(row, 'approved', { ends_at: endsAt.toISOString() })
        return await takeStep(tx, actor, row, { set, entry, now })
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
        const set = { endedBy: actor.id, endedAt: now }
        return await takeStep(tx, actor, row, { set, entry: glassEvent(row, 'ended'), now })
      })
      return body
    },
  )
}
