import { demandRecent } from '../../../src/challenge.ts'
import { NewProposal, ProposalRead } from '../../../src/contracts/identity.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { heldKey } from '../agency-keys.ts'
import { makeProposal } from '../proposals.ts'

/** A supervisor proposes keys of the own agency's programs; administrators all that there is. */
export const makeProposalRoute: Route = (app, ctx) => {
  app.post(
    '/v1/identity/proposals',
    {
      config: { authority: 'proposal.make' },
      schema: {
        summary:
          'Propose an agency, a key of a program or of an agency, an identity provider or a person of the hub',
        tags: ['identity'],
        body: NewProposal,
        response: { 201: ProposalRead },
      },
    },
    async (request, reply) => {
      const { actor, body: asked } = request
      demandRecent(request)
      if (actor.agency !== null) {
        authorize(request, 'proposal.make', { kind: 'owned', owner: asked.agency ?? null })
        if (asked.kind !== 'program' && asked.kind !== 'agency_key') {
          throw new Problem('not_permitted', {
            params: { reason: 'role' },
            refused: { outcome: 'refused', reason: 'role' },
          })
        }
      }
      const { agency_key: ownKey, ...rest } = asked
      const known =
        ownKey === undefined
          ? rest
          : { ...rest, agency_key: { jwk: await heldKey(ctx, actor, asked.agency, ownKey) } }
      const { status, body } = await once(ctx, request, async (tx) => ({
        status: 201,
        body: await makeProposal(tx, request, known),
      }))
      return reply.code(status as 201).send(body)
    },
  )
}
