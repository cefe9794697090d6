import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { oneOf } from '../../../src/contracts/codes.ts'
import { ChangedGapSetting, GAP_RULES, GapSetting } from '../../../src/contracts/gaps.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { readSettings } from '../gap-settings.ts'
import { gapSetting } from '../pathway-tables.ts'

/** Locks the rules of this hub (pg_advisory_xact_lock), so that one is set at a time. */
const RULES_LOCK = 7_184_301

export const changeGapRule: Route = (app, ctx) => {
  app.put(
    '/v1/gap-rules/:rule',
    {
      config: { authority: 'gap_rule.write' },
      schema: {
        summary: 'Set a rule for the whole hub; every case is looked at again within minutes',
        tags: ['pathway'],
        params: Type.Object({ rule: oneOf(GAP_RULES) }, { additionalProperties: false }),
        body: ChangedGapSetting,
        response: { 200: GapSetting },
      },
    },
    async (request, reply) => {
      const { rule } = request.params
      const { version, ...set } = request.body
      const isListOfDays = rule === 'monitoring_overdue'
      if (!isListOfDays && set.amounts.length > 1) {
        const message = { id: 'Sebutkan satu angka saja.', en: 'Name one number only.' }
        throw new Problem('invalid_request', { errors: [{ field: 'amounts', message }] })
      }
      if (rule === 'reached_nobody' && set.amounts[0] === 0) {
        const message = { id: 'Paling sedikit 1.', en: 'At least 1 is needed.' }
        throw new Problem('invalid_request', { errors: [{ field: 'amounts.0', message }] })
      }
      const { status, body } = await once(ctx, request, async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(${RULES_LOCK})`)
        const current = (await readSettings(tx)).find((each) => each.rule === rule)
        if (current?.version !== version) {
          throw new Problem('version_conflict', { members: { version: current?.version ?? 1 } })
        }
        const next = { ...set, version: version + 1 }
        const row = { rule, ...next, set_by: request.actor.id }
        await tx
          .insert(gapSetting)
          .values(row)
          .onConflictDoUpdate({ target: gapSetting.rule, set: row })
        await tx.execute(sql`select cases.look_again(${ctx.now().toISOString()}::timestamptz)`)
        await append(tx, request.actor, {
          type: 'cases.gap_rule.changed.v1',
          reason: rule,
          data: { version: next.version, severity: next.severity, is_on: next.is_on },
        })
        return { status: 200, body: { rule, ...next } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
