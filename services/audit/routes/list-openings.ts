import { sql } from 'drizzle-orm'
import { CaseParams, OpeningPage, OpeningQuery } from '../../../src/contracts/audit-review.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readOpenings } from '../openings.ts'
import { subjectOf } from '../trail.ts'

const NOBODY = {
  id: 'Belum ada yang membuka data kasus ini, menurut alur lembaga Anda.',
  en: "Nobody has opened this case's data, as far as your agency's feed tells.",
}
const SOMEBODY = {
  id: 'Setiap baris adalah satu kali data dibuka.',
  en: 'Each row is one time that data was opened.',
}
const YOU_NONE = {
  id: 'Anda belum membuka data siapa pun.',
  en: "You have opened nobody's data.",
}

/** Who opened what of a case, when, why, under which consent. */
export const listCaseOpenings: Route = (app, ctx) => {
  app.get(
    '/v1/audit/cases/:case/openings',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'Who opened what of a case, when, why, under which consent',
        description: 'Says `nobody: true` when nobody has. Reading is itself an entry.',
        tags: ['audit'],
        params: CaseParams,
        querystring: OpeningQuery,
        response: { 200: OpeningPage },
      },
    },
    async (request) => {
      const { actor, query } = request
      const { agency } = actor
      if (agency === null) throw new Problem('not_disclosed')
      const page = await ctx.db.withActor(actor, async (tx) => {
        const subject = await subjectOf(tx, agency, request.params.case)
        if (subject === null) throw new Problem('not_found')
        const read = await readOpenings(tx, agency, sql`d.subject = ${subject}`, query)
        await append(tx, actor, {
          type: 'audit.trail.read.v1',
          subject,
          data: { items: read.items.length, view: 'openings' },
        })
        return read
      })
      ctx.bus.wake('ledger')
      return { ...page, statement: page.nobody ? NOBODY : SOMEBODY }
    },
  )
}

/** What the caller opened: nobody needs to be asked for that. */
export const listOwnOpenings: Route = (app, ctx) => {
  app.get(
    '/v1/audit/mine',
    {
      config: { authority: 'self.read' },
      schema: {
        summary: 'What you have opened yourself',
        tags: ['audit'],
        querystring: OpeningQuery,
        response: { 200: OpeningPage },
      },
    },
    async (request) => {
      const { actor, query } = request
      const { agency } = actor
      const page =
        agency === null
          ? { items: [], next: null, nobody: true }
          : await ctx.db.withActor(actor, (tx) =>
              readOpenings(tx, agency, sql`d.actor = ${actor.id} and d.agency = ${agency}`, query),
            )
      return { ...page, statement: page.nobody ? YOU_NONE : SOMEBODY }
    },
  )
}
