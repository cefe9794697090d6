import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { NewMessage, SentMessage } from '../../../src/contracts/message.ts'
import type { Route } from '../../../src/service.ts'
import { sendTo } from '../send.ts'
import { talkAt } from '../talk.ts'

export const sendMessage: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/:id/messages',
    {
      config: { authority: 'message.send' },
      schema: {
        summary:
          'Write to the other agency of a referral, or as who serves to who has the case; sealed',
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: NewMessage,
        response: { 201: SentMessage },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { to, ...words } = request.body
      const sent = await sendTo(ctx, request, talkAt(id, to), words, id)
      return reply.code(201).send(sent)
    },
  )
}
