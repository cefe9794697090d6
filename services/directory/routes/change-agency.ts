import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { AgencyRead, ChangedAgency } from '../../../src/contracts/directory.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { agency, agencyById, readAgency } from '../tables.ts'
import { checkAgency } from '../valid.ts'

export const changeAgency: Route = (app, ctx) => {
  app.put(
    '/v1/directory/agencies/:id',
    {
      config: { authority: 'agency.write' },
      schema: {
        summary: 'Rename an agency, hide where it is, or take it out of service',
        tags: ['directory'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: ChangedAgency,
        response: { 200: AgencyRead },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        const current = await agencyById(tx, id)
        if (current === null) throw new Problem('not_found')
        const { version, ...fields } = request.body
        const hidden = fields.confidential ? { phone: null, contacts: [] } : {}
        checkAgency({ ...current, ...fields, ...hidden })
        const [changed] = await tx
          .update(agency)
          .set({ ...fields, ...hidden, version: version + 1 })
          .where(and(eq(agency.id, id), eq(agency.version, version)))
          .returning()
        if (changed === undefined) {
          throw new Problem('version_conflict', { members: { version: current.version } })
        }
        await append(tx, request.actor, {
          type: 'directory.agency.changed.v1',
          concerned: [id],
          object: id,
          data: { version: changed.version, active: changed.active },
        })
        return { status: 200, body: readAgency(changed, new Date()) }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
