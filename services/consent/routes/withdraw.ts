import type { Static } from 'typebox'
import { NewWithdrawal, Withdrawn } from '../../../src/contracts/consent.ts'
import type { Tx } from '../../../src/db.ts'
import { once, type Answer } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { otherBases } from '../grants.ts'
import { agenciesOf } from '../recipients.ts'
import { onRecord } from '../refusal.ts'
import { isMinorCase, ownerForWithdrawal, readGrant, readTaken } from '../tables.ts'
import { takeAway, type Scope } from '../take-away.ts'
import { PASSED_ON, withdrawalNotice } from '../withdrawal-notice.ts'

/** What the three scopes name. @throws Problem invalid_request */
const scopeOf = (asked: NewWithdrawal): Scope => {
  const { scope, recipient = null, purpose = null, category = null } = asked
  const wrong = (field: string, id: string, en: string): Problem =>
    new Problem('invalid_request', { errors: [{ field, message: { id, en } }] })
  if (scope === 'all_sharing' && recipient !== null) {
    throw wrong('recipient', 'Hapus, atau pilih this_agency.', 'Remove it, or choose this_agency.')
  }
  if (scope !== 'all_sharing' && recipient === null) {
    throw wrong('recipient', 'Sebut penerimanya.', 'Name the recipient.')
  }
  if (scope === 'this_referral' && purpose === null) {
    throw wrong('purpose', 'Sebut tujuan rujukannya.', 'Name what the referral is for.')
  }
  return { basis: 'consent', scope, recipient, purpose, category }
}

export const withdraw: Route = (app, ctx) => {
  app.post(
    '/v1/withdrawals',
    {
      config: { authority: 'consent.withdraw' },
      schema: {
        summary: 'Withdraw consent: one action, no reason, at once',
        tags: ['consent'],
        body: NewWithdrawal,
        response: { 200: Withdrawn },
      },
    },
    async (request, reply) => {
      const asked = request.body
      const { actor } = request
      const change = async (tx: Tx): Promise<Answer<Static<typeof Withdrawn>>> => {
        const scope = scopeOf(asked)
        const owner = await ownerForWithdrawal(tx, asked.case, actor.agency)
        const isMinor = await isMinorCase(tx, asked.case)
        const taken = await takeAway(tx, actor, asked.case, scope)
        const hasEnded = taken.withdrawal !== null
        const now = ctx.now()
        if (!hasEnded) {
          await append(tx, actor, {
            type: 'consent.grant.withdrawn.v1',
            subject: asked.case,
            object: asked.case,
            reason: scope.scope,
            data: { grants: 0 },
          })
        }
        if (owner !== actor.agency) {
          const { grants } = taken
          const passedOn = { grants, revoked: [], withdrawal: null, remaining: [] }
          return { status: 200, body: { ...passedOn, notice: PASSED_ON } }
        }
        const remaining = await otherBases(tx, asked.case, scope, now)
        const agencies = await agenciesOf(
          tx,
          remaining.map((row) => row.recipient),
        )
        return {
          status: 200,
          body: {
            grants: taken.grants,
            revoked: [...taken.revoked],
            withdrawal:
              taken.withdrawal === null ? null : await readTaken(tx, taken.withdrawal, now),
            remaining: remaining.map((row) => readGrant(row, now, isMinor)),
            notice: withdrawalNotice(scope, hasEnded, remaining, agencies),
          },
        }
      }
      const attempt = { object: asked.case, data: { verb: 'withdraw' } }
      const { status, body } = await onRecord(attempt, () => once(ctx, request, change))
      ctx.bus.wake('security_events')
      return reply.code(status as 200).send(body)
    },
  )
}
