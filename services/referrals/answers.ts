import { sqlStateOf } from '../../src/db.ts'
import { Problem } from '../../src/problem.ts'
import type { Context } from '../../src/service.ts'

const UNIQUE_VIOLATION = '23505'

const constraintOf = (error: unknown): string =>
  (error as { constraint_name?: string }).constraint_name ?? ''

/**
 * Calls a verb for one row, together with whatever concurrent rows wait for the same verb. The same
 * Idempotency-Key used twice at once raises in one of the two: asked again, it finds the answer.
 */
export const callOnce = async <Row extends object, Result extends { i: number }>(
  ctx: Context,
  verb: string,
  row: Row,
): Promise<Result> => {
  const call = ctx.db.gathered<Row, Result>(verb)
  try {
    return await call(row)
  } catch (error) {
    if (sqlStateOf(error) === 'TT001') throw new Problem('ownership_moved')
    if (sqlStateOf(error) !== UNIQUE_VIOLATION) throw error
    if (constraintOf(error) === 'referral_open') throw new Problem('open_referral_exists')
    return await call(row)
  }
}

interface KeyUsed {
  readonly actor: string
  readonly key: string
  readonly fingerprint: string
}

/**
 * Runs `work`; when it is refused although the same request succeeded before under the same key,
 * gives the first answer instead: the refusal only says that the change has already been made.
 */
export const firstAnswerOr = async <Body, Answer>(
  ctx: Context,
  used: KeyUsed,
  present: (body: Body) => Promise<Answer>,
  work: () => Promise<Answer>,
): Promise<Answer> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { actor, key, fingerprint } = used
    const replays = ctx.db.gathered<KeyUsed, { i: number; outcome: string; body: Body }>(
      'referrals.replays',
    )
    const first = await replays({ actor, key, fingerprint })
    if (first.outcome === 'replayed') return await present(first.body)
    if (first.outcome === 'key_reused') throw new Problem('idempotency_key_reused')
    throw error
  }
}
