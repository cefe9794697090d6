import { sqlStateOf } from './db.ts'

const MAX_TRIES = 3
/** SQLSTATE of a transaction that Postgres gave up for the sake of another: deadlock, serialisation. */
const LOST_RACE: readonly string[] = ['40P01', '40001']

export const hasLostRace = (error: unknown): boolean => LOST_RACE.includes(sqlStateOf(error) ?? '')

/**
 * Does a piece of work at most three times, as long as what it throws is `worth` it. MUST be given
 * work that leaves nothing behind when it fails: a transaction.
 */
export const repeat = async <T>(
  work: () => Promise<T>,
  worth: (error: unknown) => boolean = hasLostRace,
): Promise<T> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work()
    } catch (error) {
      if (tried === MAX_TRIES || !worth(error)) throw error
    }
  }
}
