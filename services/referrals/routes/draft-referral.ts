import { Type } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { NewReferral } from '../../../src/contracts/referral.ts'
import { DRAFT_DAYS } from '../../../src/contracts/timers.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { authorize, refusal } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { setTimer } from '../../../src/timers.ts'
import { readSendFacts } from '../send.ts'
import { referral } from '../tables.ts'

const Drafted = Type.Object(
  { id: Id, state: oneOf(['draft']), version: Type.Integer() },
  { additionalProperties: false },
)

/** A draft is the sender's alone: no consent is needed, nothing is packed, nobody is told. */
export const draftReferral: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/drafts',
    {
      config: { authority: 'referral.send' },
      schema: {
        summary: 'Keep a draft; it is sent by POST /v1/referrals/{id}/send',
        tags: ['referrals'],
        body: NewReferral,
        response: { 201: Drafted },
      },
    },
    async (request, reply) => {
      const sender = request.actor.agency ?? ''
      const attempt = { subject: request.body.case, data: { verb: 'draft' } }
      authorize(request, 'referral.send', { kind: 'owned', owner: sender }, attempt)
      const facts = await readSendFacts(ctx, sender, request.body)
      const refuse = (code: string) => refusal(code, attempt)
      const ageBand = facts.age_band
      if (ageBand === null) throw refuse('case_unknown')
      if (facts.recipient === null) throw refuse('service_unknown')
      if (facts.recipient === sender) throw refuse('own_service')
      const recipient = facts.recipient
      const { body } = await once(ctx, request, async (tx) => {
        const asked = request.body
        const id = newId()
        await tx.insert(referral).values({
          id,
          caseId: asked.case,
          kind: asked.kind ?? 'referral',
          purpose: facts.purpose,
          service: asked.service,
          sender,
          recipient,
          urgency: asked.urgency,
          state: 'draft',
          basis: asked.basis ?? 'consent',
          categories: [...asked.categories],
          minimum: [...facts.minimum],
          ageBand,
          district: facts.district,
          languages: [...facts.languages],
          needs: [...facts.needs],
          previous: asked.previous ?? null,
        })
        await append(tx, request.actor, {
          type: 'referrals.referral.drafted.v1',
          subject: asked.case,
          object: id,
          purpose: facts.purpose,
          data: { state: 'draft', version: 1 },
        })
        const due = new Date(ctx.now().getTime() + DRAFT_DAYS * 86_400_000)
        await setTimer(tx, { name: 'referrals.draft', key: id, due })
        return { status: 201, body: { id, state: 'draft' as const, version: 1 } }
      })
      return reply.code(201).send(body)
    },
  )
}
