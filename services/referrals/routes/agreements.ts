import { sql } from 'drizzle-orm'
import {
  Agreement,
  AgreementChange,
  AgreementList,
  type AgreedTimers,
} from '../../../src/contracts/agreement.ts'
import { MARK_PERCENT } from '../../../src/contracts/timers.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import type { Static } from 'typebox'

/** Stands for any agency. */
const ANY = '00000000-0000-0000-0000-000000000000'

interface Row extends Record<string, unknown> {
  readonly sender: string
  readonly recipient: string
  readonly timers: Static<typeof AgreedTimers>
  readonly version: number
}

const present = ({ sender, recipient, timers, version }: Row) => ({
  sender: sender === ANY ? null : sender,
  recipient: recipient === ANY ? null : recipient,
  timers,
  version,
})

export const listAgreements: Route = (app, ctx) => {
  app.get(
    '/v1/agreements',
    {
      config: { authority: 'agreement.read' },
      schema: {
        summary: "Timers that differ from the hub's own; an agency sees those that may bind it",
        tags: ['referrals'],
        response: { 200: AgreementList },
      },
    },
    async (request) => {
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        tx.execute<Row>(sql`
          select sender, recipient, timers, version from referrals.agreement
          order by sender, recipient limit 1000`),
      )
      return { items: rows.map(present) }
    },
  )
}

/** A coordinator is called after the deadline, and a referral ends after that. */
const checkMarks = ({ marks }: Static<typeof AgreedTimers>): void => {
  if (marks === undefined || (marks.expire ?? MARK_PERCENT.expire) > marks.coordinate) return
  throw new Problem('invalid_request', {
    errors: [
      {
        field: 'timers.marks.expire',
        message: {
          id: 'Harus lebih besar daripada "coordinate".',
          en: 'It must be greater than "coordinate".',
        },
      },
    ],
  })
}

export const changeAgreement: Route = (app, ctx) => {
  app.put(
    '/v1/agreements',
    {
      config: { authority: 'agreement.write' },
      schema: {
        summary: 'Set the timers of an agreement; they hold for clocks that start from now on',
        tags: ['referrals'],
        body: AgreementChange,
        response: { 200: Agreement },
      },
    },
    async (request) => {
      const { sender, recipient, timers, version } = request.body
      checkMarks(timers)
      const { body } = await once(ctx, request, async (tx) => {
        const text = JSON.stringify(timers)
        const [from, to] = [sender ?? ANY, recipient ?? ANY]
        const changed =
          version === 0
            ? await tx.execute<Row>(sql`
                insert into referrals.agreement (sender, recipient, timers)
                values (${from}, ${to}, ${text}::jsonb) on conflict do nothing returning *`)
            : await tx.execute<Row>(sql`
                update referrals.agreement set timers = ${text}::jsonb, version = version + 1
                where sender = ${from} and recipient = ${to} and version = ${version} returning *`)
        const [row] = changed
        if (row === undefined) throw new Problem('version_conflict')
        await append(tx, request.actor, {
          type: 'referrals.agreement.changed.v1',
          concerned: [sender, recipient].filter((agency) => agency !== null),
          data: { version: row.version, timers: Object.keys(timers) },
        })
        return { status: 200, body: present(row) }
      })
      return body
    },
  )
}
