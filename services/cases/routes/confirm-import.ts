import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { CaseImport, ImportStep } from '../../../src/contracts/import.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { setTimer } from '../../../src/timers.ts'
import { moveImport, ownImport } from '../imports/tables.ts'
import { LAND_TIMER } from '../timers/land-imports.ts'

export const confirmImport: Route = (app, ctx) => {
  app.post(
    '/v1/case-imports/:id/confirm',
    {
      config: { authority: 'case.import' },
      schema: {
        summary: 'Let the rows that fit become cases; they land in batches, also after a crash',
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: ImportStep,
        response: { 200: CaseImport },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const now = ctx.now()
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownImport(tx, request, id)
        const step = { id, version: request.body.version, by: request.actor.id, now }
        const moved = await moveImport(tx, { ...step, from: ['previewed'], to: 'landing' })
        await setTimer(tx, { name: LAND_TIMER, key: `${id}/0`, due: now })
        await append(tx, request.actor, {
          type: 'cases.import.confirmed.v1',
          object: id,
          data: { ready: moved.counts.ready, reported: moved.counts.reported },
        })
        return { status: 200, body: moved }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
