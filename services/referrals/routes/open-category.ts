import { Type } from 'typebox'
import { CATEGORIES, Id, oneOf } from '../../../src/contracts/codes.ts'
import { OPENABLE_STATES } from '../../../src/contracts/lifecycle.ts'
import { OpenedCategory } from '../../../src/contracts/referral.ts'
import { newId } from '../../../src/id.ts'
import { authorize, refusal } from '../../../src/request.ts'
import { packagePlace, REFERRAL_SEAL, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { factsFor } from '../move.ts'
import { readOpened } from '../read-opened.ts'

type Opening =
  | 'ok'
  | 'absent'
  | 'state'
  | 'statement_distrusted'
  | 'consent_ended'
  | 'held_back'
  | 'not_in_package'

const PROBLEM_OF: Readonly<Record<Exclude<Opening, 'ok'>, string>> = {
  absent: 'not_found',
  state: 'not_yet_accepted',
  statement_distrusted: 'statement_distrusted',
  consent_ended: 'consent_ended',
  held_back: 'sender_must_review',
  not_in_package: 'not_in_package',
}

/** The opening is on the record, committed, before a byte is read. */
export const openCategory: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/:id/package/:category/open',
    {
      config: { authority: 'package.open' },
      schema: {
        summary: 'Open one category of an accepted package; every opening is recorded',
        tags: ['referrals'],
        params: Type.Object(
          { id: Id, category: oneOf(CATEGORIES) },
          { additionalProperties: false },
        ),
        response: { 200: OpenedCategory },
      },
    },
    async (request) => {
      const { id, category } = request.params
      const { agency, id: actor } = request.actor
      const attempt = { object: id, categories: [category], data: { verb: 'open' } }
      const facts = await factsFor(ctx, request, id, attempt)
      const { sender, recipient, state } = facts
      const known = { ...attempt, subject: facts.case, purpose: facts.purpose }
      authorize(request, 'package.open', { kind: 'referral', sender, recipient, state }, known)
      const access = newId()
      const open = ctx.db.gathered<object, { i: number; outcome: Opening; state: string }>(
        'referrals.open_access',
      )
      const opening = await open({ access, id, category, agency, actor, states: OPENABLE_STATES })
      if (opening.outcome !== 'ok') {
        const isRevoked = opening.outcome === 'state' && opening.state === 'revoked'
        const code = isRevoked ? 'consent_ended' : PROBLEM_OF[opening.outcome]
        throw refusal(code, known, { members: { state: opening.state ?? undefined } })
      }
      ctx.bus.wake('ledger')
      const box = await readOpened(ctx, request.actor, access, known)
      const plain = unseal(ctx.keys.derive(REFERRAL_SEAL), box, packagePlace(id, category))
      return { referral: id, category, data: JSON.parse(plain.toString('utf8')) as unknown, access }
    },
  )
}
