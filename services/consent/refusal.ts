import { Problem } from '../../src/problem.ts'
import type { Attempt } from '../../src/request.ts'

/** Says that the same key came before: no rule refused anything. */
const NO_RULE: readonly string[] = ['idempotency_key_missing', 'idempotency_key_reused']

/** Lets every refusal by a rule within `work` go on the record, as this attempt. */
export const onRecord = async <T>(attempt: Attempt, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || error.extras.refused !== undefined) throw error
    if (NO_RULE.includes(error.code)) throw error
    const refused = { ...attempt, outcome: 'refused', reason: error.code } as const
    throw new Problem(error.code, { ...error.extras, refused })
  }
}
