import { KeyChallenge } from '../../../src/contracts/agency-key.ts'
import type { Route } from '../../../src/service.ts'
import { challengeFor } from '../agency-keys.ts'

export const keyChallenge: Route = (app, ctx) => {
  app.get(
    '/v1/identity/key-challenge',
    {
      config: { authority: 'proposal.make' },
      schema: {
        summary: "What an agency's own key signs, so that it can be proposed; good for 10 minutes",
        tags: ['identity'],
        response: { 200: KeyChallenge },
      },
    },
    (request) => Promise.resolve(challengeFor(ctx, request.actor)),
  )
}
