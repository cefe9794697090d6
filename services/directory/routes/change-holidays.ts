import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { AgencyHolidays, AgencyRead } from '../../../src/contracts/directory.ts'
import type { Route } from '../../../src/service.ts'
import { changeOwnAgency } from '../own-agency.ts'

export const changeHolidays: Route = (app, ctx) => {
  app.put(
    '/v1/directory/agencies/:id/holidays',
    {
      config: { authority: 'directory.write' },
      schema: {
        summary: "Set the days on which one's own agency is closed",
        tags: ['directory'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: AgencyHolidays,
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
