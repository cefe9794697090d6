import { eq } from 'drizzle-orm'
import { Type } from 'typebox'
import { GlassWords } from '../../../src/contracts/break-glass.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { newId } from '../../../src/id.ts'
import { refusal } from '../../../src/request.ts'
import { glassPlace, REFERRAL_SEAL, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { authorizeGlass } from '../break-glass.ts'
import { readGlass } from '../read-glass.ts'
import { breakGlass } from '../tables.ts'

/** Words are narrative: whoever approves and whoever reviews reads them on the record. */
export const readGlassWords: Route = (app, ctx) => {
  app.post(
    '/v1/break-glass/:id/words/open',
    {
      config: { authority: 'break_glass.words' },
      schema: {
        summary:
          'Read why the glass was broken and what its review says; every reading is recorded',
        tags: ['break-glass'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: GlassWords },
      },
    },
    async (request) => {
      const { id } = request.params
      const { actor } = request
      const attempt = { object: id, categories: ['narrative'], data: { verb: 'read_words' } }
      const [found] = await ctx.db.withActor(actor, (tx) =>
        tx.select().from(breakGlass).where(eq(breakGlass.id, id)),
      )
      authorizeGlass(request, 'break_glass.words', found, attempt)
      const access = newId()
      const open = ctx.db.gathered<object, { i: number; outcome: string }>(
        'referrals.open_glass_words',
      )
      await open({ access, id, agency: actor.agency, actor: actor.id })
      ctx.bus.wake('ledger')
      const [reason, review] = await readGlass(ctx, actor, access)
      if (reason === null) throw refusal('not_found', attempt)
      const key = ctx.keys.derive(REFERRAL_SEAL)
      const wordsOf = (box: typeof reason, part: 'reason' | 'review'): string =>
        unseal(key, box, glassPlace(id, part)).toString('utf8')
      return {
        break_glass: id,
        text: wordsOf(reason, 'reason'),
        review: review === null ? null : wordsOf(review, 'review'),
        access,
      }
    },
  )
}
