import { Type } from 'typebox'
import { HELD, Id, oneOf } from '../../../src/contracts/codes.ts'
import { AttachmentAdded } from '../../../src/contracts/message.ts'
import type { Route } from '../../../src/service.ts'
import { talkAbout } from '../talk.ts'
import { UPLOAD_TYPES, uploadTo } from '../upload.ts'

export const addCaseAttachment: Route = (app, ctx) => {
  app.post(
    '/v1/cases/:id/attachments',
    {
      config: { authority: 'message.send' },
      schema: {
        summary:
          'Upload, as the owner of a case, an image for a message to an agency that serves it',
        consumes: UPLOAD_TYPES,
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        querystring: Type.Object(
          { category: oneOf(HELD), with: Id },
          { additionalProperties: false },
        ),
        response: { 201: AttachmentAdded },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { category, with: other } = request.query
      const talk = talkAbout(id, other)
      return reply.code(201).send(await uploadTo(ctx, request, talk, category, id))
    },
  )
}
