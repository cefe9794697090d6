import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { CapacityRead, SetCapacity, UNITS } from '../../../src/contracts/capacity.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { checkCount, ownService, recordCount } from '../count.ts'
import { capacity } from '../places.ts'

export const setCapacity: Route = (app, ctx) => {
  app.put(
    '/v1/directory/services/:id/capacity/:unit',
    {
      config: { authority: 'directory.write' },
      schema: {
        summary:
          'Begin to count beds, hours or places of a service, or change how they are counted',
        tags: ['directory'],
        params: Type.Object({ id: Id, unit: oneOf(UNITS) }, { additionalProperties: false }),
        body: SetCapacity,
        response: { 200: CapacityRead },
      },
    },
    async (request, reply) => {
      const { id, unit } = request.params
      checkCount(request.body)
      const { status, body } = await once(ctx, request, async (tx) => {
        const { service } = await ownService(tx, request, 'directory.write', id)
        const { version, ...settings } = request.body
        const counted = { ...settings, as_of: new Date().toISOString() }
        const [row] =
          version === null
            ? await tx
                .insert(capacity)
                .values({ service: id, agency: service.agency, unit, ...counted })
                .onConflictDoNothing()
                .returning()
            : await tx
                .update(capacity)
                .set({ ...counted, version: version + 1 })
                .where(
                  and(
                    eq(capacity.service, id),
                    eq(capacity.unit, unit),
                    eq(capacity.version, version),
                  ),
                )
                .returning()
        if (row === undefined) throw new Problem('version_conflict')
        return { status: 200, body: await recordCount(tx, request, row) }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
