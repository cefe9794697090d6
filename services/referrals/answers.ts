import { sqlStateOf } from '../../src/db.ts'
import { Problem } from '../../src/problem.ts'
import { hasLostRace, repeat } from '../../src/repeat.ts'
import type { Context } from '../../src/service.ts'

const UNIQUE_VIOLATION = '23505'
const OWNERSHIP_MOVED = 'TT001'

const constraintOf = (error: unknown): string =>
  (error as { constraint_name?: string }).constraint_name ?? ''

/** The index that keeps one open referral per case, service and recipient said no. */
const isOpenAlready = (error: unknown): boolean =>
  sqlStateOf(error) === UNIQUE_VIOLATION && constraintOf(error) === 'referral_open'

const isKeyUsedAtOnce = (error: unknown): boolean =>
  sqlStateOf(error) === UNIQUE_VIOLATION && !isOpenAlready(error)

/**
 * Calls a verb for one row, together with whatever concurrent rows wait for the same verb, unless it
 * is to be alone. The same Idempotency-Key used twice at once raises in one of the two: asked again,
 * it finds the answer.
 * @throws what `refuse` makes of `ownership_moved` and `open_referral_exists`
 */
export const callOnce = async <Result extends { i: number }>(
  ctx: Context,
  verb: string,
  row: object,
  refuse: (code: string) => Problem,
  isAlone = false,
): Promise<Result> => {
  const single = async (one: object): Promise<Result> => {
    const [result] = await ctx.db.call<Result>(verb, [{ ...one, i: 0 }])
    if (result === undefined) throw new Error(`${verb} left a row unanswered`)
    return result
  }
  const call = isAlone ? single : ctx.db.gathered<object, Result>(verb)
  try {
    return await repeat(
      () => call(row),
      (error) => hasLostRace(error) || isKeyUsedAtOnce(error),
    )
  } catch (error) {
    if (sqlStateOf(error) === OWNERSHIP_MOVED) throw refuse('ownership_moved')
    if (isOpenAlready(error)) throw refuse('open_referral_exists')
    throw error
  }
}

interface KeyUsed {
  readonly actor: string
  readonly key: string
  readonly fingerprint: string
}

/**
 * Runs `work` and presents what it has stored; when it is refused although the same request
 * succeeded before under the same key, presents what was stored then: the refusal only says that
 * the change has already been made.
 */
export const firstAnswerOr = async <Body, Answer>(
  ctx: Context,
  used: KeyUsed,
  present: (body: Body) => Promise<Answer>,
  work: () => Promise<Body>,
): Promise<Answer> => {
  let body: Body
  try {
    body = await work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { actor, key, fingerprint } = used
    const replays = ctx.db.gathered<KeyUsed, { i: number; outcome: string; body: Body }>(
      'referrals.replays',
    )
    const first = await replays({ actor, key, fingerprint })
    if (first.outcome === 'key_reused') throw new Problem('idempotency_key_reused')
    if (first.outcome !== 'replayed') throw error
    body = first.body
  }
  return await present(body)
}
