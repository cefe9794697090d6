import { eq, sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { NewReferral, ReferralPreview } from '../../src/contracts/referral.ts'
import { newId } from '../../src/id.ts'
import { authorize, refusal, type Attempt } from '../../src/request.ts'
import type { Context } from '../../src/service.ts'
import { presentReferral } from './present.ts'
import { prepareRow, PROBLEM_OF, type SendResult } from './send.ts'
import { referral } from './tables.ts'

/** Carries what was seen out of a transaction that MUST NOT commit. */
class Rehearsed extends Error {
  readonly preview: ReferralPreview
  constructor(preview: ReferralPreview) {
    super('rehearsed')
    this.preview = preview
  }
}

/**
 * Sends in a transaction that is taken back, and reads the row as its recipient would: the very
 * functions that a send and a read are made of.
 * @throws Problem, as a send would
 */
export const previewReferral = async (
  ctx: Context,
  request: FastifyRequest,
  asked: NewReferral,
): Promise<ReferralPreview> => {
  const { actor } = request
  const sender = actor.agency ?? ''
  const attempt: Attempt = {
    subject: asked.case,
    object: asked.service,
    categories: asked.categories,
    data: { verb: 'preview', service: asked.service },
  }
  const refuse = (code: string, members: Record<string, unknown> = {}) =>
    refusal(code, attempt, { members })
  authorize(request, 'referral.send', { kind: 'owned', owner: sender }, attempt)
  const id = newId()
  const key = { key: `preview-${id}`, route: 'preview', fingerprint: id }
  const prepared = await prepareRow(ctx, request, asked, { id, draft: null, key }, refuse)
  try {
    await ctx.db.withActor(actor, async (tx) => {
      const rows = JSON.stringify([{ ...prepared, i: 0 }])
      const [result] = await tx.execute<SendResult & Record<string, unknown>>(
        sql`select i, outcome, body from referrals.send(${rows}::jsonb)`,
      )
      const problem = result === undefined ? 'unavailable' : PROBLEM_OF[result.outcome]
      if (problem !== undefined) {
        const isMissing = problem === 'consent_missing'
        throw refuse(problem, isMissing ? { missing: result?.body.missing } : {})
      }
      const [sent] = await tx.select().from(referral).where(eq(referral.id, id)).limit(1)
      if (sent === undefined) throw refuse('case_unknown')
      throw new Rehearsed({
        envelope: presentReferral(ctx.keys, sent, prepared.recipient),
        after_acceptance: [...sent.categories],
        withheld: asked.categories.filter((category) => !sent.categories.includes(category)),
      })
    })
  } catch (error) {
    if (error instanceof Rehearsed) return error.preview
    throw error
  }
  throw refuse('unavailable')
}
