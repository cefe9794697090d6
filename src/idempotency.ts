import { createHmac } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Tx } from './db.ts'
import { Problem } from './problem.ts'
import { repeat } from './repeat.ts'
import type { Context } from './service.ts'

/** What a change answers; stored so that the same key gets the same answer. */
export interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

const KEY = /^[A-Za-z0-9_-]{8,100}$/

export interface KeyUsed {
  readonly key: string
  readonly route: string
  /** Keyed digest of what is asked: whoever holds the table cannot guess at contents. */
  readonly fingerprint: string
}

/** The request's Idempotency-Key. @throws Problem idempotency_key_missing */
export const keyOf = (ctx: Pick<Context, 'keys'>, request: FastifyRequest): KeyUsed => {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || !KEY.test(key)) throw new Problem('idempotency_key_missing')
  const route = `${request.method} ${request.routeOptions.url ?? ''}`
  const asked = JSON.stringify([route, request.params ?? null, request.body ?? null])
  const mac = createHmac('sha256', ctx.keys.derive('idempotency')).update(asked)
  return { key, route, fingerprint: mac.digest('base64url') }
}

/**
 * Runs a change once per actor and key, in one transaction with its journal entries. A repetition,
 * also a concurrent one, gets the first answer; the key on another request is refused. A transaction
 * that lost a race is begun again, so `work` MUST do nothing outside of it.
 */
export const once = async <Body extends object>(
  ctx: Context,
  request: FastifyRequest,
  work: (tx: Tx) => Promise<Answer<Body>>,
): Promise<Answer<Body>> => {
  const { key, route, fingerprint } = keyOf(ctx, request)
  const actor = request.actor
  const transaction = async (tx: Tx): Promise<Answer<Body>> => {
    const claimed = await tx.execute(sql`
      insert into journal.answer (actor, key, route, fingerprint)
      values (${actor.id}, ${key}, ${route}, ${fingerprint}) on conflict do nothing returning key`)
    if (claimed.length === 0) {
      const [first] = await tx.execute<{ fingerprint: string; status: number; body: Body }>(sql`
        select fingerprint, status, body from journal.answer
        where actor = ${actor.id} and key = ${key}`)
      if (first?.fingerprint !== fingerprint) throw new Problem('idempotency_key_reused')
      return { status: first.status, body: first.body }
    }
    const made = await work(tx)
    await tx.execute(sql`
      update journal.answer set status = ${made.status}, body = ${JSON.stringify(made.body)}::jsonb
      where actor = ${actor.id} and key = ${key}`)
    return made
  }
  const answer = await repeat(() => ctx.db.withActor(actor, transaction))
  ctx.bus.wake('ledger')
  return answer
}
