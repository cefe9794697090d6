import { AgencyRead, NewAgency } from '../../../src/contracts/directory.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { agency, readAgency } from '../tables.ts'
import { checkAgency } from '../valid.ts'

export const addAgency: Route = (app, ctx) => {
  app.post(
    '/v1/directory/agencies',
    {
      config: { authority: 'agency.write' },
      schema: {
        summary: 'Add an agency to the hub',
        tags: ['directory'],
        body: NewAgency,
        response: { 201: AgencyRead },
      },
    },
    async (request, reply) => {
      const fields = { ...request.body, holidays: [], contacts: [] }
      checkAgency(fields)
      const { status, body } = await once(ctx, request, async (tx) => {
        const row = { ...fields, id: newId(), active: true, version: 1 }
        await tx.insert(agency).values(row)
        await append(tx, request.actor, {
          type: 'directory.agency.created.v1',
          concerned: [row.id],
          object: row.id,
          data: { kind: row.kind, version: row.version },
        })
        return { status: 201, body: readAgency(row, new Date()) }
      })
      return reply.code(status as 201).send(body)
    },
  )
}
