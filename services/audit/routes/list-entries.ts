import { AuditPage, AuditQuery } from '../../../src/contracts/audit.ts'
import type { Actor } from '../../../src/actor.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readOwnTrail, readWholeTrail } from '../trail.ts'

/** Who sees the whole trail, and of no entry what it says. */
const isOverseer = (actor: Actor): boolean =>
  actor.kind === 'person' &&
  actor.roles.includes('oversight_reviewer') &&
  !(actor.roles.includes('reviewer') && actor.agency !== null)

export const listEntries: Route = (app, ctx) => {
  app.get(
    '/v1/audit/entries',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'The trail of your agency, each entry with what proves it',
        description:
          'Reading is itself an entry. An oversight reviewer gets every entry, without disclosures.',
        tags: ['audit'],
        querystring: AuditQuery,
        response: { 200: AuditPage },
      },
    },
    async (request) => {
      const { actor, query } = request
      const isWhole = isOverseer(actor)
      const hidden = query.case ?? query.object ?? query.agency ?? query.actor ?? query.category
      if (isWhole && hidden !== undefined) throw new Problem('not_disclosed')
      const page = await ctx.db.withActor(actor, async (tx) => {
        const { subject, ...read } = isWhole
          ? { ...(await readWholeTrail(tx, query)), subject: null }
          : await readOwnTrail(tx, actor, query)
        await append(tx, actor, {
          type: 'audit.trail.read.v1',
          ...(subject === null ? {} : { subject }),
          ...(query.object === undefined ? {} : { object: query.object }),
          data: { items: read.items.length, first: read.items[0]?.position ?? null },
        })
        return read
      })
      ctx.bus.wake('ledger')
      return page
    },
  )
}
