import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { CaseImportPage, ROW_STATES, type RowState } from '../../../src/contracts/import.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { CASE_SEAL } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import type { FileReport, RowReport } from '../imports/preview.ts'
import { openJson, reportPlace } from '../imports/sealed.ts'
import { ownImport } from '../imports/tables.ts'

const Query = Type.Object(
  {
    state: Type.Optional(oneOf(ROW_STATES)),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  { additionalProperties: false },
)

interface Row extends Record<string, unknown> {
  readonly n: number
  readonly row: number
  readonly state: RowState
  readonly case_id: string | null
  readonly report: Buffer | null
  readonly report_key: Buffer | null
}

/** What is left of a row when its import has expired. */
const GONE: RowReport = { age_band: null, categories: [], notes: [] }

export const readImport: Route = (app, ctx) => {
  const key = ctx.keys.derive(CASE_SEAL)
  const reportOf = (id: string, n: number, box: Buffer, wrappedKey: Buffer): RowReport =>
    openJson(key, { ciphertext: box, wrappedKey }, reportPlace(id, n)) as RowReport
  app.get(
    '/v1/case-imports/:id',
    {
      config: { authority: 'case.import' },
      schema: {
        summary:
          'What becomes of each row of a file, with the cell and the cure of what does not fit',
        tags: ['cases'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        querystring: Query,
        response: { 200: CaseImportPage },
      },
    },
    async (request) => {
      const { id } = request.params
      const { state = null, after, limit } = request.query
      const from = after === undefined ? 0 : Number(placeOf(after, ['number'])[0])
      const { found, rows } = await ctx.db.withActor(request.actor, async (tx) => ({
        found: await ownImport(tx, request, id),
        rows: await tx.execute<Row>(sql`
          select n, "row", state, case_id, report, report_key from cases.import_row
          where import = ${id} and n > ${from} and (${state}::text is null or state = ${state}::text)
          order by n limit ${limit + 1}`),
      }))
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      const about: FileReport =
        found.report === null
          ? { columns: [], notes: [] }
          : (openJson(key, found.report, reportPlace(id, 0)) as FileReport)
      return {
        import: found.read,
        columns: [...about.columns],
        notes: [...about.notes],
        items: page.map(({ n, row, state: is, case_id: caseId, report, report_key: wrapped }) => ({
          row,
          state: is,
          case: caseId,
          ...(report === null || wrapped === null ? GONE : reportOf(id, n, report, wrapped)),
        })),
        next: last === undefined ? null : cursorOf([last.n]),
      }
    },
  )
}
