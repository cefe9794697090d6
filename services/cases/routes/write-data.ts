import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { DATA_LIMIT_BYTES, DataVersion, WrittenData } from '../../../src/contracts/case.ts'
import { HELD, Id, oneOf } from '../../../src/contracts/codes.ts'
import { checkHtcds } from '../../../src/contracts/htcds.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import { refusal } from '../../../src/request.ts'
import { CASE_SEAL, casePlace, seal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { ownCase } from '../own-case.ts'

interface Written extends Record<string, unknown> {
  readonly outcome: 'ok' | 'absent' | 'conflict'
  readonly version: number
}

export const writeData: Route = (app, ctx) => {
  const key = ctx.keys.derive(CASE_SEAL)
  app.put(
    '/v1/cases/:id/data/:category',
    {
      config: { authority: 'case.write' },
      schema: {
        summary: 'Write a new version of the data of one category, sealed at rest',
        tags: ['cases'],
        params: Type.Object({ id: Id, category: oneOf(HELD) }, { additionalProperties: false }),
        body: WrittenData,
        response: { 200: DataVersion },
      },
    },
    async (request, reply) => {
      const { id, category } = request.params
      const { data, version: replaced } = request.body
      const plain = Buffer.from(JSON.stringify(data))
      const attempt = { subject: id, object: id, categories: [category] }
      if (plain.length > DATA_LIMIT_BYTES) throw refusal('data_too_large', attempt)
      const errors = checkHtcds(category, data)
      if (errors.length > 0) {
        const named = errors.map((error) => ({ ...error, field: `data.${error.field}` }))
        throw new Problem('invalid_request', { errors: named.slice(0, 20) })
      }
      const { status, body } = await once(ctx, request, async (tx) => {
        const { owner } = await ownCase(tx, request, 'case.write', id)
        const box = seal(key, plain, casePlace(id, category))
        const row = {
          i: 0,
          case: id,
          category,
          agency: owner,
          actor: request.actor.id,
          ciphertext: box.ciphertext.toString('base64'),
          wrapped_key: box.wrappedKey.toString('base64'),
          replaces: replaced ?? null,
        }
        const [written] = await tx.execute<Written>(
          sql`select * from cases.write_data(${JSON.stringify([row])}::text::jsonb)`,
        )
        if (written?.outcome === 'conflict') {
          throw refusal('version_conflict', attempt, { members: { version: written.version } })
        }
        if (written?.outcome !== 'ok') throw new Problem('not_found')
        return { status: 200, body: { category, version: written.version } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
