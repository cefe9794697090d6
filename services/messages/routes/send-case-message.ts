import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { NewCaseMessage, SentMessage } from '../../../src/contracts/message.ts'
import type { Route } from '../../../src/service.ts'
import { sendTo } from '../send.ts'
import { talkAbout } from '../talk.ts'

export const sendCaseMessage: Route = (app, ctx) => {
  app.post(
    '/v1/cases/:id/messages',
    {
      config: { authority: 'message.send' },
      schema: {
        summary: 'Write, as the owner of a case, to an agency that serves it; sealed',
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: NewCaseMessage,
        response: { 201: SentMessage },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { with: other, ...words } = request.body
      const sent = await sendTo(ctx, request, talkAbout(id, other), words, id)
      return reply.code(201).send(sent)
    },
  )
}
