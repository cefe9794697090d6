import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import { OPENABLE_STATES } from '../../../src/contracts/lifecycle.ts'
import { OpenedNote } from '../../../src/contracts/referral.ts'
import { newId } from '../../../src/id.ts'
import { authorize, foreign, refusal } from '../../../src/request.ts'
import { notePlace, REFERRAL_SEAL, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { factsFor } from '../move.ts'
import { readOpened } from '../read-opened.ts'

type Opening = 'ok' | 'absent' | 'state' | 'consent_ended' | 'not_in_package'

const PROBLEM_OF: Readonly<Record<Exclude<Opening, 'ok' | 'absent'>, string>> = {
  state: 'not_yet_accepted',
  consent_ended: 'consent_ended',
  not_in_package: 'not_in_package',
}

/** Words are narrative: what one agency wrote to the other is read as a package is. */
export const openNote: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/:id/notes/:note/open',
    {
      config: { authority: 'note.open' },
      schema: {
        summary: 'Read the words of a note; every opening is recorded',
        tags: ['referrals'],
        params: Type.Object({ id: Id, note: Id }, { additionalProperties: false }),
        response: { 200: OpenedNote },
      },
    },
    async (request) => {
      const { id, note } = request.params
      const { agency, id: actor } = request.actor
      const attempt = { object: id, categories: ['narrative'], data: { verb: 'open_note' } }
      const { sender, recipient, state, ...facts } = await factsFor(ctx, request, id, attempt)
      const known = { ...attempt, subject: facts.case, purpose: facts.purpose }
      authorize(request, 'note.open', { kind: 'referral', sender, recipient, state }, known)
      const access = newId()
      const open = ctx.db.gathered<object, { i: number; outcome: Opening; state: string }>(
        'referrals.open_note',
      )
      const opening = await open({ access, id, note, agency, actor, states: OPENABLE_STATES })
      if (opening.outcome === 'absent') {
        throw foreign(known)
      }
      if (opening.outcome !== 'ok') {
        throw refusal(PROBLEM_OF[opening.outcome], known, { members: { state: opening.state } })
      }
      ctx.bus.wake('ledger')
      const box = await readOpened(ctx, request.actor, access, known)
      const plain = unseal(ctx.keys.derive(REFERRAL_SEAL), box, notePlace(id, note))
      return { referral: id, note, text: plain.toString('utf8'), access }
    },
  )
}
