import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { GlassRead, GlassReview } from '../../../src/contracts/break-glass.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { refusal } from '../../../src/request.ts'
import { glassPlace, REFERRAL_SEAL, seal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { dropTimer } from '../../../src/timers.ts'
import { demandState, glassEvent, glassStateOf, holdGlass, presentGlass } from '../break-glass.ts'

const noteMissing = (): Problem =>
  new Problem('invalid_request', {
    errors: [
      {
        field: 'note',
        message: { id: 'Tulis mengapa Anda menilai demikian.', en: 'Write why you judge so.' },
      },
    ],
  })

export const reviewGlass: Route = (app, ctx) => {
  app.post(
    '/v1/break-glass/:id/review',
    {
      config: { authority: 'break_glass.review' },
      schema: {
        summary:
          'Judge it, once: a supervisor of the owner, or a reviewer where the owner broke it',
        description:
          'Due within 72 hours of its approval; possible afterwards too. One that is open ends with it. Of an erased case the outcome is kept, and no note.',
        tags: ['break-glass'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: GlassReview,
        response: { 200: GlassRead },
      },
    },
    async (request) => {
      const { id } = request.params
      const { actor } = request
      const { version, outcome, note } = request.body
      const { body } = await once(ctx, request, async (tx) => {
        const row = await holdGlass(tx, request, 'break_glass.review', { id, version })
        const now = ctx.now()
        demandState(row, now, ['open', 'ended'])
        const attempt = { object: row.referral, subject: row.case, data: { break_glass: id } }
        if (row.outcome !== null) throw refusal('version_conflict', attempt)
        // What was erased stays so: that it was judged is kept, and no word of it.
        const isErased = row.reason === null
        if (!isErased && note === undefined) throw noteMissing()
        // What was judged stays as it was judged: nothing more is opened under it.
        const isOpen = glassStateOf(row, now) === 'open'
        const [endedBy, endedAt] = isOpen ? [actor.id, now] : [row.endedBy, row.endedAt]
        const key = ctx.keys.derive(REFERRAL_SEAL)
        const box = isErased ? null : seal(key, Buffer.from(note ?? ''), glassPlace(id, 'review'))
        await tx.execute(sql`
          update referrals.break_glass set outcome = ${outcome}, reviewed_by = ${actor.id},
            reviewed_at = ${now.toISOString()}, version = version + 1,
            ended_by = ${endedBy}, ended_at = ${endedAt?.toISOString() ?? null},
            review_ciphertext = decode(${box?.ciphertext.toString('hex') ?? null}, 'hex'),
            review_key = decode(${box?.wrappedKey.toString('hex') ?? null}, 'hex')
          where id = ${id}`)
        await dropTimer(tx, 'referrals.glass_review', id)
        await append(tx, actor, glassEvent(row, 'reviewed', { outcome }))
        const judged = {
          endedBy,
          endedAt,
          outcome,
          reviewedBy: actor.id,
          reviewedAt: now,
          version: version + 1,
        }
        return { status: 200, body: presentGlass({ ...row, ...judged }, actor.agency, now) }
      })
      return body
    },
  )
}
