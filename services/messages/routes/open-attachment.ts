import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { OpenedAttachment } from '../../../src/contracts/message.ts'
import type { Route } from '../../../src/service.ts'
import { putOnRecord } from '../open.ts'

export const openAttachment: Route = (app, ctx) => {
  app.post(
    '/v1/attachments/:id/open',
    {
      config: { authority: 'message.read' },
      schema: {
        summary: 'Open an image: a path that gives it once, within 30 seconds, to who asked',
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: OpenedAttachment },
      },
    },
    async (request) => {
      const { id } = request.params
      const attempt = { object: id, data: { verb: 'open_attachment' } }
      const opening = await putOnRecord(ctx, request, { attachment: id }, attempt)
      const { access, bytes, media_type: mediaType } = opening
      return {
        file: `/v1/files/${access}`,
        media_type: mediaType ?? ('image/jpeg' as const),
        bytes,
        access,
      }
    },
  )
}
