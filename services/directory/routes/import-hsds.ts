import { Type } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import {
  ApplyImport,
  IMPORT_OUTCOMES,
  ImportPage,
  ImportRead,
  NewImport,
} from '../../../src/contracts/hsds.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { checkPackage } from '../hsds/check.ts'
import { applyPreview, importById, importLines, keepPreview, knownOf } from '../hsds/imports.ts'
import { readPackage } from '../hsds/package.ts'

const Params = Type.Object({ id: Id }, { additionalProperties: false })
/** A package of a province fits; a larger one is sent in parts, which find each other. */
const BODY_LIMIT = 16 * 1024 * 1024

export const previewImport: Route = (app, ctx) => {
  app.post(
    '/v1/directory/hsds-imports',
    {
      config: { authority: 'agency.write' },
      bodyLimit: BODY_LIMIT,
      schema: {
        summary: 'See what an HSDS package would list; nothing is listed yet',
        tags: ['hsds'],
        body: NewImport,
        response: { 201: ImportRead },
      },
    },
    async (request, reply) => {
      const given = readPackage(request.body.files)
      const { status, body } = await once(ctx, request, async (tx) => {
        const checked = checkPackage(given, await knownOf(tx, given))
        const made = await keepPreview(tx, checked)
        await append(tx, request.actor, {
          type: 'directory.listing.previewed.v1',
          object: made.id,
          data: { ...made.counts },
        })
        return { status: 201, body: made }
      })
      return reply.code(status as 201).send(body)
    },
  )
}

const Query = Type.Object(
  {
    outcome: Type.Optional(oneOf(IMPORT_OUTCOMES)),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
  },
  { additionalProperties: false },
)

export const readImport: Route = (app, ctx) => {
  app.get(
    '/v1/directory/hsds-imports/:id',
    {
      config: { authority: 'agency.write' },
      schema: {
        summary: 'What becomes of each row of a package, and why',
        tags: ['hsds'],
        params: Params,
        querystring: Query,
        response: { 200: ImportPage },
      },
    },
    async (request) => {
      const { id } = request.params
      const { outcome, after, limit } = request.query
      const from = after === undefined ? 0 : Number(placeOf(after, ['number'])[0])
      return await ctx.db.withActor(request.actor, async (tx) => {
        const found = await importById(tx, id)
        if (found === null) throw new Problem('not_found')
        const rows = await importLines(tx, id, outcome ?? null, from, limit + 1)
        const items = rows.slice(0, limit)
        const last = rows.length > limit ? items.at(-1) : undefined
        return { import: found, items, next: last === undefined ? null : cursorOf([last.n]) }
      })
    },
  )
}

export const applyImport: Route = (app, ctx) => {
  app.post(
    '/v1/directory/hsds-imports/:id/apply',
    {
      config: { authority: 'agency.write' },
      schema: {
        summary: 'List the rows of a package that were not refused',
        tags: ['hsds'],
        params: Params,
        body: ApplyImport,
        response: { 200: ImportRead },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        const found = await importById(tx, id)
        if (found === null) throw new Problem('not_found')
        const applied = await applyPreview(tx, id, request.body.version)
        if (applied === null) {
          throw new Problem('version_conflict', { members: { version: found.version } })
        }
        await append(tx, request.actor, {
          type: 'directory.listing.imported.v1',
          object: id,
          data: { ...applied.counts },
        })
        return { status: 200, body: applied }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
