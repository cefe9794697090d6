import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { ArrivalCode } from '../../../src/contracts/referral.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { arrivalCodeOf } from '../arrival.ts'
import { factsFor } from '../move.ts'

const Params = Type.Object({ id: Id }, { additionalProperties: false })

/** The sender reads the code and gives it to the survivor or escort; the recipient never sees it. */
export const readArrivalCode: Route = (app, ctx) => {
  app.get(
    '/v1/referrals/:id/arrival-code',
    {
      config: { authority: 'referral.follow' },
      schema: {
        summary: 'The arrival code of an accepted referral, for its sender',
        tags: ['referrals'],
        params: Params,
        response: { 200: ArrivalCode },
      },
    },
    async (request) => {
      const { id } = request.params
      const attempt = { object: id, data: { verb: 'read_arrival_code' } }
      const facts = await factsFor(ctx, request, id, attempt)
      const owner = facts.sender
      authorize(request, 'referral.follow', { kind: 'owned', owner }, attempt)
      if (facts.state !== 'accepted') {
        throw new Problem('version_conflict', { members: { state: facts.state } })
      }
      return { code: arrivalCodeOf(ctx.keys, id, facts.arrival_generation) }
    },
  )
}

/** Ends the code that is out and gives another one, with all tries open again. */
export const renewArrivalCode: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/:id/arrival-code',
    {
      config: { authority: 'referral.follow' },
      schema: {
        summary: 'Renew the arrival code: the one before is worth nothing from now on',
        tags: ['referrals'],
        params: Params,
        response: { 200: ArrivalCode },
      },
    },
    async (request) => {
      const { id } = request.params
      const { agency, id: actor } = request.actor
      const attempt = { object: id, data: { verb: 'renew_arrival_code' } }
      const facts = await factsFor(ctx, request, id, attempt)
      authorize(request, 'referral.follow', { kind: 'owned', owner: facts.sender }, attempt)
      const renew = ctx.db.gathered<object, { i: number; generation: number | null }>(
        'referrals.renew_arrival',
      )
      const { generation } = await renew({ id, agency, actor })
      if (generation === null) {
        throw new Problem('version_conflict', { members: { state: facts.state } })
      }
      ctx.bus.wake('ledger')
      return { code: arrivalCodeOf(ctx.keys, id, generation) }
    },
  )
}
