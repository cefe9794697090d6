import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { ChangedService, ServiceRead } from '../../../src/contracts/directory.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { readService, service, serviceById } from '../tables.ts'

export const changeService: Route = (app, ctx) => {
  app.put(
    '/v1/directory/services/:id',
    {
      config: { authority: 'directory.write' },
      schema: {
        summary: "Change one of one's own agency's services, or stop offering it",
        tags: ['directory'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: ChangedService,
        response: { 200: ServiceRead },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        const current = await serviceById(tx, id)
        const owner = current?.service.agency ?? null
        authorize(request, 'directory.write', { kind: 'owned', owner }, { object: id })
        if (current === null) throw new Problem('not_found')
        const { version, ...fields } = request.body
        const [changed] = await tx
          .update(service)
          .set({ ...fields, version: version + 1 })
          .where(and(eq(service.id, id), eq(service.version, version)))
          .returning()
        if (changed === undefined) {
          throw new Problem('version_conflict', { members: { version: current.service.version } })
        }
        await append(tx, request.actor, {
          type: 'directory.service.changed.v1',
          object: id,
          purpose: changed.stage,
          data: { version: changed.version, active: changed.active },
        })
        const read = readService({ service: changed, agency: current.agency }, new Date())
        return { status: 200, body: read }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
