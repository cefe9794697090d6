import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { Moved, STEP_BODIES, type StepVerb } from '../../../src/contracts/referral.ts'
import type { Route } from '../../../src/service.ts'
import { ACTION_OF } from '../../../src/step-actions.ts'
import { takeStep } from '../move.ts'

const SUMMARIES: Readonly<Record<StepVerb, string>> = {
  acknowledge: 'Acknowledge: somebody has seen it',
  ask: 'Ask the sender for information',
  answer: "Answer the recipient's question",
  accept: 'Accept: the package opens, the sender gets an arrival code',
  decline: 'Decline with a reason',
  withdraw: 'Withdraw with a reason',
  hand_over: 'Record the arrival by the code that the survivor or escort carries',
  start: 'Start the service',
  hold: 'Put the service on hold until a review date, at most 14 days ahead',
  resume: 'Resume the service',
  complete: 'Complete the service',
  dispute: 'Dispute that the service is complete',
  close: 'Close after review, with the next step on the pathway',
  end_unserved: 'End without service, with a reason',
  mark_error: 'Mark as entered in error (supervisor)',
}

/** One path for each step: POST /v1/referrals/{id}/accept and so on. */
export const takeStepRoutes: Route = (app, ctx) => {
  for (const verb of Object.keys(STEP_BODIES) as StepVerb[]) {
    app.post(
      `/v1/referrals/:id/${verb.replace('_', '-')}`,
      {
        config: { authority: ACTION_OF[verb] },
        schema: {
          summary: SUMMARIES[verb],
          tags: ['referrals'],
          params: Type.Object({ id: Id }, { additionalProperties: false }),
          body: STEP_BODIES[verb],
          response: { 200: Moved },
        },
      },
      async (request) => {
        const { id } = request.params
        return await takeStep(ctx, request, verb, id, request.body)
      },
    )
  }
}
