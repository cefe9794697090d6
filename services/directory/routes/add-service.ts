import { NewService, ServiceRead } from '../../../src/contracts/directory.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { agencyById, readService, service } from '../tables.ts'

export const addService: Route = (app, ctx) => {
  app.post(
    '/v1/directory/services',
    {
      config: { authority: 'directory.write' },
      schema: {
        summary: "Offer a further service of one's own agency",
        tags: ['directory'],
        body: NewService,
        response: { 201: ServiceRead },
      },
    },
    async (request, reply) => {
      const owner = request.actor.agency
      authorize(request, 'directory.write', { kind: 'owned', owner })
      const { status, body } = await once(ctx, request, async (tx) => {
        const agency = owner === null ? null : await agencyById(tx, owner)
        if (agency === null) throw new Problem('not_found')
        const row = { ...request.body, id: newId(), agency: agency.id, active: true, version: 1 }
        await tx.insert(service).values(row)
        await append(tx, request.actor, {
          type: 'directory.service.created.v1',
          object: row.id,
          purpose: row.stage,
          data: { version: row.version, active: row.active },
        })
        return { status: 201, body: readService({ service: row, agency }, new Date()) }
      })
      return reply.code(status as 201).send(body)
    },
  )
}
