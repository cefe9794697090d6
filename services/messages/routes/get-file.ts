import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { attachmentPlace, MESSAGE_SEAL, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { readOpened } from '../open.ts'

const SUFFIX: Readonly<Record<string, string>> = { 'image/jpeg': 'jpg', 'image/png': 'png' }

/** The path says nothing of what it leads to, and leads there once. */
export const getFile: Route = (app, ctx) => {
  app.get(
    '/v1/files/:id',
    {
      config: { authority: 'message.read' },
      schema: {
        summary: 'The image of an opening, once; to be saved, never shown in place',
        tags: ['messages'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
      },
    },
    async (request, reply) => {
      const attempt = { object: request.params.id, data: { verb: 'get_file' } }
      const box = await readOpened(ctx, request, request.params.id, attempt)
      const image = unseal(ctx.keys.derive(MESSAGE_SEAL), box, attachmentPlace(box.id))
      const type = box.mediaType ?? 'application/octet-stream'
      return await reply
        .header('content-type', type)
        .header('content-disposition', `attachment; filename="berkas.${SUFFIX[type] ?? 'bin'}"`)
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'no-store')
        .send(image)
    },
  )
}
