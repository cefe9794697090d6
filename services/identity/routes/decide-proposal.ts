import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { Approval, ProposalRead, Rejection } from '../../../src/contracts/identity.ts'
import type { Tx } from '../../../src/db.ts'
import { once } from '../../../src/idempotency.ts'
import type { Route } from '../../../src/service.ts'
import { foreign } from '../../../src/request.ts'
import { approveProposal, findProposal, rejectProposal, shownTo } from '../proposals.ts'

const Params = Type.Object({ id: Id }, { additionalProperties: false })

const demandProposal = async (tx: Tx, id: string) => {
  const found = await findProposal(tx, id)
  if (found !== null) return found
  throw foreign({ object: id })
}

/** Two administrators of the hub agree to a proposal, or one rejects it. */
export const decideProposal: Route = (app, ctx) => {
  const config = { authority: 'proposal.decide' } as const
  app.post(
    '/v1/identity/proposals/:id/approve',
    {
      config,
      schema: {
        summary: 'Agree to a proposal; the second administrator who does carries it out',
        tags: ['identity'],
        params: Params,
        body: Approval,
        response: { 200: ProposalRead },
      },
    },
    async (request, reply) => {
      demandRecent(request)
      const { body } = await once(ctx, request, async (tx) => {
        const proposal = await demandProposal(tx, request.params.id)
        const approved = await approveProposal(tx, request, proposal, request.body)
        return { status: 200, body: shownTo(request.actor, approved) }
      })
      return reply.code(200).send(body)
    },
  )

  app.post(
    '/v1/identity/proposals/:id/reject',
    {
      config,
      schema: {
        summary: 'Reject a proposal',
        tags: ['identity'],
        params: Params,
        body: Rejection,
        response: { 200: ProposalRead },
      },
    },
    async (request, reply) => {
      const { body } = await once(ctx, request, async (tx) => {
        const proposal = await demandProposal(tx, request.params.id)
        const rejected = await rejectProposal(tx, request, proposal, request.body.version)
        return { status: 200, body: shownTo(request.actor, rejected) }
      })
      return reply.code(200).send(body)
    },
  )
}
