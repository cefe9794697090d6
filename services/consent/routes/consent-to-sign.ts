import { NewStatement, StatementToSign } from '../../../src/contracts/consent.ts'
import type { Route } from '../../../src/service.ts'
import { SIGNING_S } from '../own-signature.ts'
import { textsToSign } from '../record.ts'
import { onRecord } from '../refusal.ts'
import { prepare } from '../statement-form.ts'

export const consentToSign: Route = (app, ctx) => {
  app.post(
    '/v1/consents/to-sign',
    {
      config: { authority: 'consent.record' },
      schema: {
        summary: "What an agency's own key signs, before the same statement is recorded with it",
        description: 'Records nothing. Each text is signed as it is, byte for byte.',
        tags: ['consent'],
        body: NewStatement,
        response: { 200: StatementToSign },
      },
    },
    async (request) => {
      const { actor, body: asked } = request
      const at = new Date(Math.floor(ctx.now().getTime() / 1000) * 1000)
      const attempt = { object: asked.case, categories: asked.categories, data: { verb: 'sign' } }
      const texts = await onRecord(attempt, () =>
        ctx.db.withActor(actor, async (tx) => {
          const { signed: _signed, ...said } = asked
          const prepared = await prepare(ctx, tx, actor, said, at, true)
          return textsToSign(ctx, asked, { ...prepared, actor })
        }),
      )
      return { ...texts, expires_at: new Date(at.getTime() + SIGNING_S * 1000).toISOString() }
    },
  )
}
