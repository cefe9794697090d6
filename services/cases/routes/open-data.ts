import { Type } from 'typebox'
import { OpenedData } from '../../../src/contracts/case.ts'
import { HELD, Id, oneOf, type Held } from '../../../src/contracts/codes.ts'
import { newId } from '../../../src/id.ts'
import { foreign, refusal } from '../../../src/request.ts'
import { CASE_SEAL, casePlace, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'

interface AccessRow {
  readonly access: string
  readonly case: string
  readonly category: Held
  /** Whose; null: the newest. */
  readonly author: string | null
  readonly agency: string | null
  readonly actor: string
}
interface Opened {
  readonly i: number
  readonly outcome: 'ok' | 'absent'
}
interface Payload {
  readonly i: number
  readonly agency: string
  readonly version: number
  readonly ciphertext: Buffer
  readonly wrapped_key: Buffer
}

export const openData: Route = (app, ctx) => {
  const key = ctx.keys.derive(CASE_SEAL)
  const openAccess = ctx.db.gathered<AccessRow, Opened>('cases.open_access')
  app.post(
    '/v1/cases/:id/data/:category/open',
    {
      config: { authority: 'case.open_data' },
      schema: {
        summary: 'Read the data of one category; every opening is on the record',
        tags: ['cases'],
        params: Type.Object({ id: Id, category: oneOf(HELD) }, { additionalProperties: false }),
        querystring: Type.Object(
          {
            author: Type.Optional({
              ...Id,
              description: 'Agency whose data to read, where several wrote some; else the newest',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 200: OpenedData },
      },
    },
    async (request) => {
      const { id, category } = request.params
      const { agency, id: actor } = request.actor
      const access = newId()
      const author = request.query.author ?? null
      const { outcome } = await openAccess({ access, case: id, category, author, agency, actor })
      if (outcome !== 'ok') {
        throw foreign({ object: id, categories: [category] })
      }
      ctx.bus.wake('ledger')
      // The record is committed; only now is there anything to read.
      const [payload] = await ctx.db.call<Payload>('cases.read_payload', [
        { i: 0, access, agency, actor },
      ])
      if (payload === undefined) {
        throw refusal('version_conflict', { subject: id, object: id, categories: [category] })
      }
      const { version, agency: writtenBy, ciphertext, wrapped_key: wrappedKey } = payload
      const plain = unseal(key, { ciphertext, wrappedKey }, casePlace(id, category))
      const data = JSON.parse(plain.toString('utf8')) as Record<string, unknown>
      return { category, version, agency: writtenBy, data }
    },
  )
}
