import { Type } from 'typebox'
import { CATEGORIES, Id, oneOf } from '../../../src/contracts/codes.ts'
import { OpenedEntry } from '../../../src/contracts/pathway.ts'
import { newId } from '../../../src/id.ts'
import { Problem } from '../../../src/problem.ts'
import { CASE_SEAL, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'
import { foreign } from '../../../src/request.ts'
import { entryPlace } from '../entries.ts'

interface Payload {
  readonly i: number
  readonly ciphertext: Buffer
  readonly wrapped_key: Buffer
}

export const openEntry: Route = (app, ctx) => {
  const key = ctx.keys.derive(CASE_SEAL)
  const open = ctx.db.gathered<object, { i: number; outcome: 'ok' | 'absent' }>('cases.open_entry')
  app.post(
    '/v1/cases/:id/entries/:entry/open',
    {
      config: { authority: 'case.open_data' },
      schema: {
        summary: 'Read what an entry says in one category; every opening is on the record',
        tags: ['pathway'],
        params: Type.Object({ id: Id, entry: Id }, { additionalProperties: false }),
        body: Type.Object({ category: oneOf(CATEGORIES) }, { additionalProperties: false }),
        response: { 200: OpenedEntry },
      },
    },
    async (request) => {
      const { id, entry } = request.params
      const { category } = request.body
      const { agency, id: actor } = request.actor
      const access = newId()
      const { outcome } = await open({ access, case: id, entry, category, agency, actor })
      if (outcome !== 'ok') {
        throw foreign({ object: entry, categories: [category] })
      }
      ctx.bus.wake('ledger')
      // The record is committed; only now is there anything to read.
      const [payload] = await ctx.db.call<Payload>('cases.read_entry', [
        { i: 0, access, agency, actor },
      ])
      if (payload === undefined) throw new Problem('version_conflict')
      const { ciphertext, wrapped_key: wrappedKey } = payload
      const plain = unseal(key, { ciphertext, wrappedKey }, entryPlace(id, entry, category))
      const data = JSON.parse(plain.toString('utf8')) as Record<string, unknown>
      return { entry, category, data }
    },
  )
}
