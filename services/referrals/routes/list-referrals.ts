import { and, desc, eq, inArray, isNotNull, lt } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { REFERRAL_STATES } from '../../../src/contracts/lifecycle.ts'
import { ReferralPage } from '../../../src/contracts/referral.ts'
import type { Route } from '../../../src/service.ts'
import { presentReferral } from '../present.ts'
import { referral } from '../tables.ts'

const Query = Type.Object(
  {
    side: oneOf(['sender', 'recipient']),
    state: Type.Optional(
      Type.Array(oneOf(REFERRAL_STATES), {
        maxItems: 20,
        uniqueItems: true,
        description: 'Any of these',
      }),
    ),
    case: Type.Optional(Id),
    after: Type.Optional(Id),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listReferrals: Route = (app, ctx) => {
  app.get(
    '/v1/referrals',
    {
      config: { authority: 'referral.read' },
      schema: {
        summary: 'Referrals sent by your agency, or to it; newest first',
        tags: ['referrals'],
        querystring: Query,
        response: { 200: ReferralPage },
      },
    },
    async (request) => {
      const { side, state, after, limit, case: caseId } = request.query
      const agency = request.actor.agency ?? ''
      const mine = side === 'sender' ? referral.sender : referral.recipient
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        tx
          .select()
          .from(referral)
          .where(
            and(
              eq(mine, agency),
              side === 'recipient' ? isNotNull(referral.sentAt) : undefined,
              state === undefined ? undefined : inArray(referral.state, state),
              // Only a sender knows cases by their own ids.
              caseId === undefined
                ? undefined
                : and(eq(referral.caseId, caseId), eq(referral.sender, agency)),
              after === undefined ? undefined : lt(referral.id, after),
            ),
          )
          .orderBy(desc(referral.id))
          .limit(limit + 1),
      )
      const page = rows.slice(0, limit)
      return {
        items: page.map((row) => presentReferral(ctx.keys, row, agency)),
        next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      }
    },
  )
}
