import { eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import { GlassOpened } from '../../../src/contracts/break-glass.ts'
import { CATEGORIES, Id, oneOf } from '../../../src/contracts/codes.ts'
import { newId } from '../../../src/id.ts'
import { refusal } from '../../../src/request.ts'
import { packagePlace, REFERRAL_SEAL, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { authorizeGlass, glassStateOf } from '../break-glass.ts'
import { readGlass } from '../read-glass.ts'
import { breakGlass } from '../tables.ts'

type Opening =
  | 'ok'
  | 'absent'
  | 'over'
  | 'not_named'
  | 'held_back'
  | 'misdirected'
  | 'not_in_package'

const PROBLEM_OF: Readonly<Record<Exclude<Opening, 'ok'>, string>> = {
  absent: 'not_found',
  over: 'break_glass_over',
  not_named: 'not_named',
  held_back: 'sender_must_review',
  misdirected: 'break_glass_wrong_recipient',
  not_in_package: 'not_in_package',
}

/** The opening is on the record, committed, before a byte is read. */
export const openGlass: Route = (app, ctx) => {
  app.post(
    '/v1/break-glass/:id/package/:category/open',
    {
      config: { authority: 'break_glass.open' },
      schema: {
        summary: 'Open one named category under it, as one of the two; every opening is recorded',
        tags: ['break-glass'],
        params: Type.Object(
          { id: Id, category: oneOf(CATEGORIES) },
          { additionalProperties: false },
        ),
        response: { 200: GlassOpened },
      },
    },
    async (request) => {
      const { id, category } = request.params
      const { actor } = request
      demandRecent(request)
      const attempt = { object: id, categories: [category], data: { verb: 'open' } }
      const [found] = await ctx.db.withActor(actor, (tx) =>
        tx.select().from(breakGlass).where(eq(breakGlass.id, id)),
      )
      const row = authorizeGlass(request, 'break_glass.open', found, attempt)
      const known = {
        ...attempt,
        object: row.referral,
        subject: row.case,
        data: { verb: 'open', break_glass: id },
      }
      const access = newId()
      const now = ctx.now()
      const asked = { access, id, category, agency: actor.agency, actor: actor.id }
      const open = ctx.db.gathered<object, { i: number; outcome: Opening }>('referrals.open_glass')
      const { outcome } = await open({ ...asked, at: now.toISOString() })
      if (outcome !== 'ok') {
        const state = glassStateOf(row, now)
        throw refusal(PROBLEM_OF[outcome], known, { params: { state }, members: { state } })
      }
      ctx.bus.wake('ledger')
      const [box] = await readGlass(ctx, actor, access)
      if (box === null) {
        throw refusal('break_glass_over', known, { params: { state: 'ended' } })
      }
      const place = packagePlace(row.referral, category)
      const plain = unseal(ctx.keys.derive(REFERRAL_SEAL), box, place)
      const data: unknown = JSON.parse(plain.toString('utf8'))
      return {
        break_glass: id,
        referral: row.referral,
        category,
        basis: 'break_glass' as const,
        data,
        access,
      }
    },
  )
}
