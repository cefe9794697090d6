import { desc, eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { StatementVersions } from '../../../src/contracts/consent.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { grantsOf } from '../grants.ts'
import { grant, isMinorCase, readGrant, readStatement, statement } from '../tables.ts'

export const getConsent: Route = (app, ctx) => {
  app.get(
    '/v1/consents/:id',
    {
      config: { authority: 'consent.read' },
      schema: {
        summary: 'One statement in all its versions, and the grants that rest on it',
        tags: ['consent'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: StatementVersions },
      },
    },
    async (request) => {
      const { id } = request.params
      return await ctx.db.withActor(request.actor, async (tx) => {
        const rows = await tx
          .select()
          .from(statement)
          .where(eq(statement.id, id))
          .orderBy(desc(statement.version))
        const [latest] = rows
        const owner = latest?.owner ?? null
        authorize(request, 'consent.read', { kind: 'owned', owner }, { object: id })
        if (latest === undefined) throw new Problem('not_found')
        const grants = await grantsOf(
          tx,
          latest.case,
          eq(grant.statement, id),
          eq(grant.owner, latest.owner),
        )
        const now = ctx.now()
        const isMinor = await isMinorCase(tx, latest.case)
        return {
          id,
          case: latest.case,
          versions: rows.map(readStatement),
          grants: grants.map((row) => readGrant(row, now, isMinor)),
        }
      })
    },
  )
}
