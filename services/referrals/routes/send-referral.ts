import { NewReferral, SentReferral } from '../../../src/contracts/referral.ts'
import type { Route } from '../../../src/service.ts'
import { sendReferral } from '../send.ts'

export const sendReferralRoute: Route = (app, ctx) => {
  app.post(
    '/v1/referrals',
    {
      config: { authority: 'referral.send' },
      schema: {
        summary: 'Send a referral: consent is held, the package sealed, the recipient told',
        tags: ['referrals'],
        body: NewReferral,
        response: { 201: SentReferral },
      },
    },
    async (request, reply) => reply.code(201).send(await sendReferral(ctx, request, request.body)),
  )
}
