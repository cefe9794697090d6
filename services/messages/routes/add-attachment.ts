import { Type } from 'typebox'
import { HELD, Id, oneOf } from '../../../src/contracts/codes.ts'
import { AttachmentAdded, ToWhom } from '../../../src/contracts/message.ts'
import type { Route } from '../../../src/service.ts'
import { talkAt } from '../talk.ts'
import { UPLOAD_TYPES, uploadTo } from '../upload.ts'

export const addAttachment: Route = (app, ctx) => {
  app.addContentTypeParser(UPLOAD_TYPES, (_request, payload, done) => done(null, payload))
  app.post(
    '/v1/referrals/:id/attachments',
    {
      config: { authority: 'message.send' },
      schema: {
        summary: 'Upload a JPEG or PNG for a message: cleaned of all but the picture, sealed',
        consumes: UPLOAD_TYPES,
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        querystring: Type.Object(
          { category: oneOf(HELD), to: Type.Optional(ToWhom) },
          { additionalProperties: false },
        ),
        response: { 201: AttachmentAdded },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { category, to } = request.query
      return reply.code(201).send(await uploadTo(ctx, request, talkAt(id, to), category, id))
    },
  )
}
