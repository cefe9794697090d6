import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { OpenedMessage } from '../../../src/contracts/message.ts'
import { MESSAGE_SEAL, messagePlace, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { putOnRecord, readOpened } from '../open.ts'

export const openMessage: Route = (app, ctx) => {
  app.post(
    '/v1/messages/:id/open',
    {
      config: { authority: 'message.read' },
      schema: {
        summary:
          'Read a message; every opening is recorded, and the other side sees that it was read',
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: OpenedMessage },
      },
    },
    async (request) => {
      const { id } = request.params
      const attempt = { object: id, data: { verb: 'open_message' } }
      const { access } = await putOnRecord(ctx, request, { message: id }, attempt)
      const box = await readOpened(ctx, request, access, attempt)
      const text = unseal(ctx.keys.derive(MESSAGE_SEAL), box, messagePlace(id)).toString('utf8')
      return { id, text, access }
    },
  )
}
