import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { ConsentPage } from '../../../src/contracts/consent.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { grantsOf } from '../grants.ts'
import { grant, isMinorCase, readGrant, readStatement, statement } from '../tables.ts'

const Query = Type.Object(
  {
    case: Id,
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  { additionalProperties: false },
)

export const listConsents: Route = (app, ctx) => {
  app.get(
    '/v1/consents',
    {
      config: { authority: 'consent.read' },
      schema: {
        summary: 'Statements of a case, newest first, and what permits now',
        tags: ['consent'],
        querystring: Query,
        response: { 200: ConsentPage },
      },
    },
    async (request) => {
      const { case: caseId, after, limit } = request.query
      const agency = request.actor.agency
      authorize(request, 'consent.read', { kind: 'owned', owner: agency })
      const where: SQL[] = [eq(statement.case, caseId), eq(statement.owner, agency ?? '')]
      if (after !== undefined) {
        const [id, version] = placeOf(after, ['uuid', 'number'])
        where.push(sql`(${statement.id}, ${statement.version}) < (${id}::uuid, ${version}::int)`)
      }
      return await ctx.db.withActor(request.actor, async (tx) => {
        const rows = await tx
          .select()
          .from(statement)
          .where(and(...where))
          .orderBy(desc(statement.id), desc(statement.version))
          .limit(limit + 1)
        const grants = await grantsOf(tx, caseId, eq(grant.owner, agency ?? ''))
        const page = rows.slice(0, limit)
        const last = rows.length > limit ? page.at(-1) : undefined
        const now = ctx.now()
        const isMinor = await isMinorCase(tx, caseId)
        return {
          items: page.map(readStatement),
          grants: grants.map((row) => readGrant(row, now, isMinor)),
          next: last === undefined ? null : cursorOf([last.id, last.version]),
        }
      })
    },
  )
}
