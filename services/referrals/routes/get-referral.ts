import { eq, sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { FINAL_STATES, OPENABLE_STATES } from '../../../src/contracts/lifecycle.ts'
import { ReferralDetail } from '../../../src/contracts/referral.ts'
import { authorize, foreign } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { presentNote, type NoteFound } from '../notes.ts'
import { presentReferral } from '../present.ts'
import { referral } from '../tables.ts'

const OPENABLE = `{${OPENABLE_STATES.join(',')}}`

export const getReferral: Route = (app, ctx) => {
  app.get(
    '/v1/referrals/:id',
    {
      config: { authority: 'referral.read' },
      schema: {
        summary:
          'One referral: the envelope, its clocks, what the agencies asked each other in codes',
        tags: ['referrals'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: ReferralDetail },
      },
    },
    async (request) => {
      const { id } = request.params
      const agency = request.actor.agency ?? ''
      const attempt = { object: id, data: { verb: 'read' } }
      const [row, notes] = await ctx.db.withActor(request.actor, async (tx) => {
        const [found] = await tx.select().from(referral).where(eq(referral.id, id)).limit(1)
        if (found === undefined) return [found, []] as const
        const told = await tx.execute<NoteFound>(
          sql`select * from referrals.notes_of(${id}, ${agency}, ${OPENABLE}::text[])`,
        )
        return [found, told] as const
      })
      if (row === undefined) {
        throw foreign(attempt)
      }
      const { sender, recipient } = row
      const state = row.sentAt === null ? 'draft' : row.state
      authorize(request, 'referral.read', { kind: 'referral', sender, recipient, state }, attempt)
      const isOver = agency !== sender && FINAL_STATES.includes(state)
      return {
        ...presentReferral(ctx.keys, row, agency),
        // What was written about a survivor is no longer the recipient's once the referral ended.
        notes: notes.filter((written) => !isOver || written.agency === agency).map(presentNote),
      }
    },
  )
}
