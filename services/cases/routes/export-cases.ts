import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { NewCaseExport, type CaseExportAsked } from '../../../src/contracts/import.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Context, Route } from '../../../src/service.ts'
import { openedRows } from '../exports/opened-rows.ts'
import { EXPORT_COLUMNS } from '../htcds/export-cells.ts'
import { writeCsv } from '../htcds/write-csv.ts'
import { writeWorkbook } from '../htcds/write-workbook.ts'
import { caseById } from '../tables.ts'

const WRITERS = {
  csv: { write: writeCsv, type: 'text/csv; charset=utf-8' },
  xlsx: {
    write: writeWorkbook,
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  },
} as const

/** Puts the export on the record, then streams it; each category of each case is an opening of its own. */
const answer = async (
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { format, categories }: CaseExportAsked,
  one: string | null,
): Promise<FastifyReply> => {
  const { actor } = request
  await ctx.db.withActor(actor, async (tx) => {
    if (one !== null) {
      const found = await caseById(tx, one)
      authorize(
        request,
        'case.export',
        { kind: 'owned', owner: found?.owner ?? null },
        { object: one },
      )
      if (found === null) throw new Problem('not_found')
    }
    await append(tx, actor, {
      type: 'cases.case.exported.v1',
      ...(one === null ? {} : { subject: one, object: one }),
      categories,
      data: { format, scope: one === null ? 'agency' : 'case' },
    })
  })
  ctx.bus.wake('ledger')
  const { write, type } = WRITERS[format]
  const rows = openedRows(ctx, { actor, categories, case: one })
  return await reply
    .header('content-type', type)
    .header('content-disposition', `attachment; filename="htcds.${format}"`)
    .send(write(EXPORT_COLUMNS, rows))
}

export const exportCases: Route = (app, ctx) => {
  app.post(
    '/v1/case-exports',
    {
      config: { authority: 'case.export_all' },
      schema: {
        summary: "All cases of one's own agency as HTCDS 2.0, the categories named alone",
        description: 'Every opening is on the record. Asks for a recent proof of who you are.',
        tags: ['cases'],
        body: NewCaseExport,
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      const owner = request.actor.agency
      authorize(request, 'case.export_all', { kind: 'owned', owner })
      demandRecent(request)
      return await answer(ctx, request, reply, request.body, null)
    },
  )
}

export const exportCase: Route = (app, ctx) => {
  app.post(
    '/v1/cases/:id/export',
    {
      config: { authority: 'case.export' },
      schema: {
        summary: 'One case as HTCDS 2.0, the categories named alone',
        description: 'Every opening is on the record. Asks for a recent proof of who you are.',
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: NewCaseExport,
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      demandRecent(request)
      return await answer(ctx, request, reply, request.body, request.params.id)
    },
  )
}
