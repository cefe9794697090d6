import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { AgencyHours, AgencyRead } from '../../../src/contracts/directory.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { agency, agencyById, readAgency } from '../tables.ts'
import { checkAgency } from '../valid.ts'

export const changeHours: Route = (app, ctx) => {
  app.put(
    '/v1/directory/agencies/:id/hours',
    {
      config: { authority: 'directory.write' },
      schema: {
        summary: "Set one's own agency's hours, time zone and office telephone",
        tags: ['directory'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: AgencyHours,
        response: { 200: AgencyRead },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      authorize(request, 'directory.write', { kind: 'owned', owner: id }, { object: id })
      const { status, body } = await once(ctx, request, async (tx) => {
        const current = await agencyById(tx, id)
        if (current === null) throw new Problem('not_found')
        checkAgency({ ...current, ...request.body })
        const { version, ...fields } = request.body
        const [changed] = await tx
          .update(agency)
          .set({ ...fields, version: version + 1 })
          .where(and(eq(agency.id, id), eq(agency.version, version)))
          .returning()
        if (changed === undefined) {
          throw new Problem('version_conflict', { members: { version: current.version } })
        }
        await append(tx, request.actor, {
          type: 'directory.agency.changed.v1',
          object: id,
          data: { version: changed.version },
        })
        return { status: 200, body: readAgency(changed, new Date()) }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
