import { sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { PlaceHeld, UNITS, type Unit } from '../../../src/contracts/capacity.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import type { Tx } from '../../../src/db.ts'
import { once } from '../../../src/idempotency.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Context, Route } from '../../../src/service.ts'
import { factsFor } from '../move.ts'

const Params = Type.Object({ id: Id }, { additionalProperties: false })
const Asked = Type.Object({ unit: Type.Optional(oneOf(UNITS)) }, { additionalProperties: false })

interface HoldResult extends Record<string, unknown> {
  readonly outcome: 'held' | 'taken' | 'full' | 'not_held' | 'state' | 'absent'
  readonly unit: Unit | null
  readonly expires_at: string | null
}

const REFUSED = {
  full: 'no_free_place',
  not_held: 'no_places_held',
  state: 'version_conflict',
  taken: 'version_conflict',
  absent: 'not_found',
} as const

/** Asks one published function for one row, as the actor's agency. */
const ask = async <Result extends Record<string, unknown>>(
  tx: Tx,
  name: 'hold_place' | 'release_place',
  row: object,
): Promise<Result | undefined> => {
  const rows = JSON.stringify([{ i: 0, ...row }])
  const [result] = await tx.execute(
    sql`select * from referrals.${sql.raw(name)}(${rows}::text::jsonb)`,
  )
  return result as Result | undefined
}

const authorizeParty = async (ctx: Context, request: FastifyRequest, id: string, verb: string) => {
  const attempt = { object: id, data: { verb } }
  const { sender, recipient, state } = await factsFor(ctx, request, id, attempt)
  const target = { kind: 'referral', sender, recipient, state } as const
  authorize(request, 'referral.hold_place', target, attempt)
  return { attempt, state }
}

/** Either side keeps a place for the survivor while the recipient decides. */
export const holdPlace: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/:id/place',
    {
      config: { authority: 'referral.hold_place' },
      schema: {
        summary: 'Hold a place at the service, for a time, while the referral is decided',
        tags: ['referrals'],
        params: Params,
        body: Asked,
        response: { 201: PlaceHeld },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { agency, id: actor } = request.actor
      const { attempt, state } = await authorizeParty(ctx, request, id, 'hold_place')
      const { status, body } = await once(ctx, request, async (tx) => {
        const row = { id, agency, actor, unit: request.body.unit ?? null }
        const held = await ask<HoldResult>(tx, 'hold_place', row)
        if (held?.outcome !== 'held' || held.unit === null || held.expires_at === null) {
          const code =
            REFUSED[held === undefined || held.outcome === 'held' ? 'absent' : held.outcome]
          const refused = { ...attempt, outcome: 'refused', reason: code } as const
          throw new Problem(code, { refused, members: { state } })
        }
        const expires_at = new Date(held.expires_at).toISOString()
        return { status: 201, body: { referral: id, unit: held.unit, expires_at } }
      })
      return reply.code(status as 201).send(body)
    },
  )
}

const Released = Type.Object(
  { referral: Id, released: Type.Boolean() },
  { additionalProperties: false },
)

export const releasePlace: Route = (app, ctx) => {
  app.delete(
    '/v1/referrals/:id/place',
    {
      config: { authority: 'referral.hold_place' },
      schema: {
        summary: 'Give a held place back before its time',
        tags: ['referrals'],
        params: Params,
        response: { 200: Released },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { agency, id: actor } = request.actor
      await authorizeParty(ctx, request, id, 'release_place')
      const { status, body } = await once(ctx, request, async (tx) => {
        const given = await ask<{ outcome: string }>(tx, 'release_place', { id, agency, actor })
        return { status: 200, body: { referral: id, released: given?.outcome === 'released' } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
