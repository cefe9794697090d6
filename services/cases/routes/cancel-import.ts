import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { CaseImport, ImportStep } from '../../../src/contracts/import.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Route } from '../../../src/service.ts'
import { importById, moveImport, ownImport } from '../imports/tables.ts'

export const cancelImport: Route = (app, ctx) => {
  app.post(
    '/v1/case-imports/:id/cancel',
    {
      config: { authority: 'case.import' },
      schema: {
        summary: 'Stop an import; rows that have landed stay, what waits is removed',
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: ImportStep,
        response: { 200: CaseImport },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        const found = await ownImport(tx, request, id)
        const step = { id, version: request.body.version, by: request.actor.id, now: ctx.now() }
        const from = ['previewed', 'landing'] as const
        await moveImport(tx, { ...step, from, to: 'cancelled' })
        const [dropped] = await tx.execute<{ count: number }>(
          sql`select cases.drop_import_rows(${id}) as count`,
        )
        await append(tx, request.actor, {
          type: 'cases.import.cancelled.v1',
          object: id,
          data: { dropped: dropped?.count ?? 0 },
        })
        return { status: 200, body: (await importById(tx, id))?.read ?? found.read }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
