import { NewReferral, ReferralPreview } from '../../../src/contracts/referral.ts'
import type { Route } from '../../../src/service.ts'
import { previewReferral } from '../preview.ts'

export const previewReferralRoute: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/preview',
    {
      config: { authority: 'referral.send' },
      schema: {
        summary: 'What a send would show its recipient, before and after acceptance; sends nothing',
        tags: ['referrals'],
        body: NewReferral,
        response: { 200: ReferralPreview },
      },
    },
    (request) => previewReferral(ctx, request, request.body),
  )
}
