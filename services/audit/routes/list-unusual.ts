import { sql } from 'drizzle-orm'
import { Unusual, UnusualQuery } from '../../../src/contracts/audit-review.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { findUnusual, readRules } from '../rules.ts'
import { ownItem, selectOwn } from '../trail.ts'

const NOTHING = {
  id: 'Tidak ada akses yang tidak biasa menurut aturan Anda.',
  en: 'There is no unusual access by your rules.',
}
const SOMETHING = {
  id: 'Yang paling tidak biasa lebih dahulu; setiap baris menyebut aturannya.',
  en: 'The most unusual first; each row names its rules.',
}

export const listUnusual: Route = (app, ctx) => {
  app.get(
    '/v1/audit/unusual',
    {
      config: { authority: 'audit.review' },
      schema: {
        summary:
          "Unusual access by your agency's people, and broken glass on its cases first; each rule named",
        description: 'Reading is itself an entry.',
        tags: ['audit'],
        querystring: UnusualQuery,
        response: { 200: Unusual },
      },
    },
    async (request) => {
      const { actor, query } = request
      const { agency } = actor
      if (agency === null) throw new Problem('not_disclosed')
      const answer = await ctx.db.withActor(actor, async (tx) => {
        const rules = await readRules(tx, agency)
        const asked = { ...query, reviewed: query.reviewed ?? false }
        const flagged = await findUnusual(tx, agency, rules, asked)
        const positions = `{${flagged.map(({ position }) => position).join(',')}}`
        const rows = await selectOwn(tx, agency, {
          where: sql`f.position = any(${positions}::bigint[])`,
          order: sql`f.n`,
          limit: query.limit,
        })
        const byPosition = new Map(rows.map((row) => [Number(row.position), row]))
        const marks = await tx.execute<{ n: string; verdict: 'reviewed' | 'reason_asked' }>(sql`
          select n, verdict from audit.review where agency = ${agency}
           and n = any(${`{${rows.map(({ n }) => n).join(',')}}`}::bigint[])`)
        const verdicts = new Map(marks.map(({ n, verdict }) => [n, verdict]))
        const items = flagged.flatMap(({ position, rules: named }) => {
          const row = byPosition.get(position)
          if (row === undefined) return []
          return [
            {
              entry: ownItem(row, agency),
              rules: [...named],
              verdict: verdicts.get(row.n) ?? null,
            },
          ]
        })
        await append(tx, actor, {
          type: 'audit.trail.read.v1',
          data: { items: items.length, view: 'unusual' },
        })
        return { items, rules }
      })
      ctx.bus.wake('ledger')
      return { ...answer, statement: answer.items.length === 0 ? NOTHING : SOMETHING }
    },
  )
}
