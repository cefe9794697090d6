import { sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import {
  GLASS_LAPSE_MINUTES,
  GLASS_MOST_A_DAY,
  GlassAsk,
  GlassRead,
} from '../../../src/contracts/break-glass.ts'
import { Id, type Category } from '../../../src/contracts/codes.ts'
import { OPENABLE_STATES } from '../../../src/contracts/lifecycle.ts'
import type { Tx } from '../../../src/db.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { authorize, refusal, type Attempt } from '../../../src/request.ts'
import { glassPlace, REFERRAL_SEAL, seal } from '../../../src/seal.ts'
import type { Context, Route } from '../../../src/service.ts'
import { presentGlass } from '../break-glass.ts'
import { factsFor } from '../move.ts'
import { breakGlass } from '../tables.ts'

interface Facts extends Record<string, unknown> {
  readonly case_id: string
  readonly owner: string
  readonly purpose: string
  readonly packed: Category[]
  readonly permitted: Category[]
  readonly is_blocked: boolean
  readonly was_accepted: boolean
  readonly is_misdirected: boolean
}

/** What of the package is asked for, and may be asked for. @throws Problem, on the record */
const checkPackage = async (
  tx: Tx,
  request: FastifyRequest,
  asked: { readonly id: string; readonly categories: readonly Category[] },
  attempt: Attempt,
): Promise<Facts> => {
  const states = `{${OPENABLE_STATES.join(',')}}`
  const [facts] = await tx.execute<Facts>(sql`
    select * from referrals.glass_facts(${asked.id}::uuid, ${request.actor.agency}::uuid,
      ${states}::text[])`)
  if (facts === undefined || !asked.categories.every((one) => facts.packed.includes(one))) {
    throw refusal('not_in_package', attempt)
  }
  // Before acceptance whoever receives sees the envelope alone, and what went astray was never theirs.
  if (!facts.was_accepted) throw refusal('break_glass_not_accepted', attempt)
  if (facts.is_misdirected) throw refusal('break_glass_wrong_recipient', attempt)
  if (facts.is_blocked) throw refusal('sender_must_review', attempt)
  const categories = asked.categories.filter((one) => facts.permitted.includes(one))
  if (categories.length > 0) {
    throw refusal('break_glass_not_needed', attempt, { members: { categories } })
  }
  return facts
}

/** One request or access per person, and few per agency: never in bulk. @throws Problem, on the record */
const checkCount = async (
  ctx: Context,
  tx: Tx,
  request: FastifyRequest,
  attempt: Attempt,
): Promise<void> => {
  const { agency, id } = request.actor
  const now = ctx.now()
  const dayAgo = new Date(now.getTime() - 86_400_000).toISOString()
  await tx.execute(sql`
    select pg_advisory_xact_lock(hashtextextended(${`referrals.break_glass/${agency}`}, 0))`)
  const [count] = await tx.execute<{ own: boolean; day: number }>(sql`
    select count(*) filter (where asked_at > ${dayAgo})::int as day,
      coalesce(bool_or(asked_by = ${id} and ended_at is null
        and coalesce(ends_at, lapses_at) > ${now.toISOString()}), false) as own
    from referrals.break_glass
    where agency = ${agency} and asked_at > ${new Date(now.getTime() - 3 * 86_400_000).toISOString()}`)
  if (count?.own === true) throw refusal('break_glass_exists', attempt)
  if ((count?.day ?? 0) >= GLASS_MOST_A_DAY) {
    throw refusal('break_glass_limit', attempt, { params: { most: GLASS_MOST_A_DAY } })
  }
}

export const askGlass: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/:id/break-glass',
    {
      config: { authority: 'break_glass.ask' },
      schema: {
        summary: 'Ask to open named categories of one package although consent does not let you',
        description:
          'A supervisor of your agency other than you approves within the hour; the owner of the case is told at once. Asks for a recent proof of who you are.',
        tags: ['break-glass'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: GlassAsk,
        response: { 201: GlassRead },
      },
    },
    async (request, reply) => {
      const { params, body, actor } = request
      const { categories, reason } = body
      const attempt = { object: params.id, categories, data: { verb: 'break_glass', reason } }
      const facts = await factsFor(ctx, request, params.id, attempt)
      const { sender, recipient, state } = facts
      const known = { ...attempt, subject: facts.case, purpose: facts.purpose }
      authorize(request, 'break_glass.ask', { kind: 'referral', sender, recipient, state }, known)
      demandRecent(request)
      const { status, body: made } = await once(ctx, request, async (tx) => {
        await checkCount(ctx, tx, request, known)
        const found = await checkPackage(tx, request, { id: params.id, categories }, known)
        const id = newId()
        const now = ctx.now()
        const lapsesAt = new Date(now.getTime() + GLASS_LAPSE_MINUTES * 60_000)
        const key = ctx.keys.derive(REFERRAL_SEAL)
        const box = seal(key, Buffer.from(body.text), glassPlace(id, 'reason'))
        await tx.execute(sql`
          insert into referrals.break_glass (id, referral_id, case_id, agency, owner, categories,
            reason, ciphertext, wrapped_key, asked_by, asked_at, lapses_at)
          values (${id}, ${params.id}, ${found.case_id}, ${actor.agency}, ${found.owner},
            ${`{${categories.join(',')}}`}::text[], ${reason},
            decode(${box.ciphertext.toString('hex')}, 'hex'),
            decode(${box.wrappedKey.toString('hex')}, 'hex'),
            ${actor.id}, ${now.toISOString()}, ${lapsesAt.toISOString()})`)
        await append(tx, actor, {
          type: 'referrals.break_glass.asked.v1',
          concerned: [found.owner],
          subject: found.case_id,
          object: params.id,
          purpose: found.purpose,
          categories,
          reason,
          data: { break_glass: id },
        })
        const [row] = await tx
          .select()
          .from(breakGlass)
          .where(sql`${breakGlass.id} = ${id}`)
        if (row === undefined) throw new Error('the request cannot be seen by whoever made it')
        return { status: 201, body: presentGlass(row, actor.agency, now) }
      })
      return reply.code(status as 201).send(made)
    },
  )
}
