import { sql } from 'drizzle-orm'
import { RuleChange, RuleParams, RuleRead, Rules } from '../../../src/contracts/audit-review.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readRules, wrongSettings } from '../rules.ts'

const WRONG = {
  id: 'Tidak sesuai dengan aturan ini; lihat bentuknya di dokumen API.',
  en: 'It does not fit this rule; see its form in the API document.',
}

export const listRules: Route = (app, ctx) => {
  app.get(
    '/v1/audit/rules',
    {
      config: { authority: 'audit.review' },
      schema: {
        summary: 'The rules of unusual access, as your agency has tuned them',
        tags: ['audit'],
        response: { 200: Rules },
      },
    },
    async (request) => {
      const { agency } = request.actor
      if (agency === null) throw new Problem('not_disclosed')
      return { items: await ctx.db.withActor(request.actor, (tx) => readRules(tx, agency)) }
    },
  )
}

export const tuneRule: Route = (app, ctx) => {
  app.put(
    '/v1/audit/rules/:name',
    {
      config: { authority: 'audit.review' },
      schema: {
        summary: 'Tune a rule of unusual access for your agency',
        tags: ['audit'],
        params: RuleParams,
        body: RuleChange,
        response: { 200: RuleRead },
      },
    },
    async (request, reply) => {
      const { actor, body: asked } = request
      const { name } = request.params
      const { agency } = actor
      if (agency === null) throw new Problem('not_disclosed')
      const wrong = wrongSettings(name, asked.settings)
      if (wrong.length > 0) {
        const errors = wrong.map((path) => ({
          field: `settings${path.replaceAll('/', '.')}`,
          message: WRONG,
        }))
        throw new Problem('invalid_request', { errors })
      }
      const { status, body } = await once(ctx, request, async (tx) => {
        const settings = JSON.stringify(asked.settings)
        const changed = await tx.execute(sql`
          insert into audit.rule as rule (agency, name, is_on, settings, changed_by)
          select ${agency}, ${name}, ${asked.is_on}, ${settings}::jsonb, ${actor.id}
           where ${asked.version} = 0 or exists (
             select from audit.rule r where r.agency = ${agency} and r.name = ${name})
          on conflict (agency, name) do update set is_on = excluded.is_on,
            settings = excluded.settings, version = rule.version + 1,
            changed_by = excluded.changed_by, changed_at = clock_timestamp()
           where rule.version = ${asked.version}
          returning version`)
        if (changed.length === 0) throw new Problem('version_conflict')
        // Without the settings: whoever reads the feed must not learn which cases are honey.
        await append(tx, actor, {
          type: 'audit.rule.changed.v1',
          reason: name,
          data: { is_on: asked.is_on },
        })
        const rule = (await readRules(tx, agency)).find((each) => each.name === name)
        if (rule === undefined) throw new Problem('not_found')
        return { status: 200, body: rule }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
