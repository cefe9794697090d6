import { eq } from 'drizzle-orm'
import type { Static } from 'typebox'
import { NewWithdrawal, Withdrawn } from '../../../src/contracts/consent.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem, type Text } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { caseForConsent, readWithdrawal, stopOrder, withdrawal } from '../tables.ts'
import { takeAway, type Scope } from '../take-away.ts'

const STOPPED: Text = {
  id: 'Mulai sekarang tidak ada lagi yang dikirim dan tidak ada yang dapat dibuka. Yang sudah dibaca tidak dapat ditarik kembali; setiap pemegang diperintahkan berhenti dalam 3x24 jam, dan jawabannya terlihat di sini.',
  en: 'From now on nothing more is sent and nothing can be opened. What was read cannot be recalled; every holder is ordered to stop within 3x24 hours, and each answer shows here.',
}
const NOTHING: Text = {
  id: 'Tidak ada izin yang masih berlaku untuk ini; tidak ada yang dapat dikirim.',
  en: 'Nothing permitted this any more; nothing can be sent.',
}

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
  return { scope, recipient, purpose, category }
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
      const scope = scopeOf(asked)
      const { status, body } = await once<Static<typeof Withdrawn>>(ctx, request, async (tx) => {
        await caseForConsent(tx, asked.case, actor.agency)
        const taken = await takeAway(tx, actor, asked.case, scope)
        if (taken.withdrawal === null) {
          await append(tx, actor, {
            type: 'consent.grant.withdrawn.v1',
            subject: asked.case,
            object: asked.case,
            reason: scope.scope,
            data: { grants: 0 },
          })
          return {
            status: 200,
            body: { grants: 0, revoked: [], withdrawal: null, notice: NOTHING },
          }
        }
        const [row] = await tx.select().from(withdrawal).where(eq(withdrawal.id, taken.withdrawal))
        const orders = await tx
          .select()
          .from(stopOrder)
          .where(eq(stopOrder.withdrawal, taken.withdrawal))
        if (row === undefined) throw new Error('a withdrawal was not written')
        const read = readWithdrawal(row, orders, new Date())
        const answer = { grants: taken.grants, revoked: [...taken.revoked], notice: STOPPED }
        return { status: 200, body: { ...answer, withdrawal: read } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
