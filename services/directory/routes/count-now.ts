import { and, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { CapacityRead, CountNow, UNITS } from '../../../src/contracts/capacity.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { checkCount, ownService, recordCount } from '../count.ts'
import { capacity } from '../places.ts'

export const countNow: Route = (app, ctx) => {
  app.put(
    '/v1/directory/services/:id/capacity/:unit/available',
    {
      config: { authority: 'capacity.count' },
      schema: {
        summary: 'So many are empty now: a count by whoever looks after them',
        tags: ['directory'],
        params: Type.Object({ id: Id, unit: oneOf(UNITS) }, { additionalProperties: false }),
        body: CountNow,
        response: { 200: CapacityRead },
      },
    },
    async (request, reply) => {
      const { id, unit } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownService(tx, request, 'capacity.count', id)
        const [current] = await tx
          .select()
          .from(capacity)
          .where(and(eq(capacity.service, id), eq(capacity.unit, unit)))
          .for('no key update')
        if (current === undefined) throw new Problem('not_found')
        const { available, version } = request.body
        if (current.version !== version) {
          const { version: now, available: counted } = current
          throw new Problem('version_conflict', { members: { version: now, available: counted } })
        }
        checkCount({ available, maximum: current.maximum })
        const [row] = await tx
          .update(capacity)
          .set({ available, as_of: new Date().toISOString(), version: version + 1 })
          .where(and(eq(capacity.service, id), eq(capacity.unit, unit)))
          .returning()
        if (row === undefined) throw new Problem('not_found')
        return { status: 200, body: await recordCount(tx, request, row) }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
