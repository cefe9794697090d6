/** A key of an agency as `GET /v1/agency-keys/{agency}` gives it; without `custody` it is the hub's. */
export interface JudgedKey {
  readonly kid?: string
  readonly custody?: unknown
  readonly live_at?: unknown
  readonly retired_at?: unknown
  readonly revoked_at?: unknown
  readonly compromised_since?: unknown
}

const SECOND_MS = 1000

/** Milliseconds since 1970 of an instant; NaN for what is none, which no comparison is true of. */
const msOf = (instant: unknown): number =>
  typeof instant === 'string' ? Date.parse(instant) : Number.NaN

const isSaid = (instant: unknown): boolean => instant !== null && instant !== undefined

/**
 * Whether a key signed for its agency at `iat`, by the rule by which the hub records: an agency's own key
 * counts from `live_at` until it was retired or revoked, to the millisecond. Of a revoked one holds what
 * it signed in whole seconds before `compromised_since`; nothing, when that is not said. Whoever stole a
 * key can write any time: what holds it fast is the hub's permit, which cites the statement and is not
 * given for a key that has ended.
 */
export const signedInTime = (key: JudgedKey, iat: number): boolean => {
  if (key.custody !== 'agency') return true
  const atMs = iat * SECOND_MS
  const { live_at, retired_at, revoked_at, compromised_since } = key
  const isBeforeEnd = [retired_at, revoked_at].filter(isSaid).every((end) => atMs < msOf(end))
  const isSound = !isSaid(revoked_at) || atMs + SECOND_MS <= msOf(compromised_since)
  return atMs >= msOf(live_at) && isBeforeEnd && isSound
}
