import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { AgencyContacts, AgencyRead } from '../../../src/contracts/directory.ts'
import type { Route } from '../../../src/service.ts'
import { changeOwnAgency } from '../own-agency.ts'

export const changeContacts: Route = (app, ctx) => {
  app.put(
    '/v1/directory/agencies/:id/contacts',
    {
      config: { authority: 'directory.write' },
      schema: {
        summary: "Set the desks at which one's own agency is reached",
        tags: ['directory'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: AgencyContacts,
        response: { 200: AgencyRead },
      },
    },
    async (request, reply) => {
      const { version, ...fields } = request.body
      const change = { id: request.params.id, fields, version }
      const { status, body } = await changeOwnAgency(ctx, request, change)
      return reply.code(status as 200).send(body)
    },
  )
}
