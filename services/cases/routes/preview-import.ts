import { CaseImport, NewCaseImport, type ImportFormat } from '../../../src/contracts/import.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import { CASE_SEAL } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { setTimer } from '../../../src/timers.ts'
import { Unreadable } from '../htcds/grid.ts'
import { readCases } from '../htcds/read-cases.ts'
import { readFile } from '../htcds/read-file.ts'
import { keepPreview, ROW_KEYS } from '../imports/preview.ts'
import { importById } from '../imports/tables.ts'
import { EXPIRY_TIMER } from '../timers/land-imports.ts'

/** The file as base64 within JSON. */
const BODY_LIMIT = 6 * 1024 * 1024
const KEPT_MS = 7 * 24 * 3_600_000

const read = async (format: ImportFormat, content: string, now: Date) => {
  try {
    const grid = await readFile(format, content)
    return { file: await readCases(grid, now), notes: grid.notes ?? [] }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    throw new Problem('invalid_request', { errors: [error.problem] })
  }
}

export const previewImport: Route = (app, ctx) => {
  const keys = { seal: ctx.keys.derive(CASE_SEAL), rows: ctx.keys.derive(ROW_KEYS) }
  app.post(
    '/v1/case-imports',
    {
      config: { authority: 'case.import' },
      bodyLimit: BODY_LIMIT,
      schema: {
        summary: 'See what a file of HTCDS would become, row by row; no case is made yet',
        tags: ['cases'],
        body: NewCaseImport,
        response: { 201: CaseImport },
      },
    },
    async (request, reply) => {
      const { agency, id: by } = request.actor
      authorize(request, 'case.import', { kind: 'owned', owner: agency })
      if (agency === null) throw new Problem('not_found')
      const { format, content } = request.body
      const now = ctx.now()
      const { file, notes } = await read(format, content, now)
      const { status, body } = await once(ctx, request, async (tx) => {
        const id = newId()
        const expiresAt = new Date(now.getTime() + KEPT_MS)
        await keepPreview(tx, { id, agency, by, format, file, notes, now, expiresAt, keys })
        await setTimer(tx, { name: EXPIRY_TIMER, key: id, due: expiresAt })
        const made = await importById(tx, id)
        if (made === null) throw new Problem('not_found')
        await append(tx, request.actor, {
          type: 'cases.import.previewed.v1',
          object: id,
          data: { format, ...made.read.counts },
        })
        return { status: 201, body: made.read }
      })
      return reply.code(status as 201).send(body)
    },
  )
}
