import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { ArrivalCode, RenewArrival } from '../../../src/contracts/referral.ts'
import { keyOf } from '../../../src/idempotency.ts'
import { authorize, refusal } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { callOnce, firstAnswerOr } from '../answers.ts'
import { arrivalCodeOf } from '../arrival.ts'
import { factsFor } from '../move.ts'

interface Renewed {
  readonly generation: number
  readonly version: number
}

interface RenewResult {
  readonly i: number
  readonly outcome: 'ok' | 'replayed' | 'key_reused' | 'conflict'
  readonly body: Renewed & { readonly state: string }
}

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
        throw refusal('version_conflict', attempt, { members: { state: facts.state } })
      }
      const { version, arrival_generation: generation } = facts
      return { code: arrivalCodeOf(ctx.keys, id, generation), version }
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
        body: RenewArrival,
        response: { 200: ArrivalCode },
      },
    },
    async (request) => {
      const { id } = request.params
      const { agency, id: actor } = request.actor
      const key = keyOf(ctx, request)
      const present = async ({ generation, version }: Renewed) => ({
        code: arrivalCodeOf(ctx.keys, id, generation),
        version,
      })
      const attempt = { object: id, data: { verb: 'renew_arrival_code' } }
      return await firstAnswerOr<Renewed, { code: string; version: number }>(
        ctx,
        { actor, ...key },
        present,
        async () => {
          const { sender } = await factsFor(ctx, request, id, attempt)
          authorize(request, 'referral.follow', { kind: 'owned', owner: sender }, attempt)
          const refuse = (code: string, members: Record<string, unknown> = {}) =>
            refusal(code, attempt, { members })
          const row = { id, version: request.body.version, agency, actor, ...key }
          const renewed = await callOnce<RenewResult>(ctx, 'referrals.renew_arrival', row, refuse)
          if (renewed.outcome === 'conflict') {
            const { state, version } = renewed.body
            throw refuse('version_conflict', { state, version })
          }
          if (renewed.outcome === 'key_reused') throw refuse('idempotency_key_reused')
          ctx.bus.wake('ledger')
          return renewed.body
        },
      )
    },
  )
}
