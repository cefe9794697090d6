import type { Answered } from './actors.ts'
import type { Model } from './referral-model.ts'
import type { Scene } from './referral-scene.ts'

export interface Told {
  readonly type: string
  readonly outcome: string
  readonly data: { readonly state?: string; readonly version?: number }
}

interface Snapshot {
  readonly state: string
  readonly version: number
  readonly owner: string
  /** Of everything that a refused step must leave alone. */
  readonly digest: string
  readonly package: string
  readonly seq: number
  /** Entries of the journal about this referral since the last look. */
  readonly told: readonly Told[]
}

export const fail = (what: string, about: object): never => {
  throw new Error(`${what}: ${JSON.stringify(about)}`)
}

const UNRECORDED = ['400 invalid_request']

/** What the looks at a database have seen so far. */
export interface Watch {
  readonly scene: Scene
  readonly last: Map<string, Snapshot>
}

/** MUST be called after whatever is done to the referral, before the next thing is done. */
export const look = async (
  { scene: { admin }, last }: Watch,
  { id }: Model,
): Promise<{ before: Snapshot; after: Snapshot }> => {
  const since = last.get(id)?.seq ?? 0
  const [after] = await admin<Snapshot[]>`
    select r.state, r.version, c.owner,
      md5((to_jsonb(r) - 'arrival_misses')::text || c.owner) as digest,
      (select md5(string_agg(p::text, ',' order by p.category)) from referrals.package p
        where p.referral_id = r.id) as package,
      coalesce(j.seq, ${since})::int as seq, coalesce(j.told, '[]') as told
    from referrals.referral r
    join cases.case_record c on c.id = r.case_id
    cross join lateral (
      select max(e.seq) as seq, jsonb_agg(jsonb_build_object('type', e.type,
        'outcome', e.outcome, 'data', e.data) order by e.seq) as told
      from journal.entry e where e.object = r.id and e.seq > ${since}) j
    where r.id = ${id}`
  if (after === undefined) throw new Error('the referral is gone')
  const before = last.get(id) ?? after
  last.set(id, after)
  return { before, after }
}

/**
 * Nothing of the rows changed, whatever was answered, and no change is on the record. A withdrawal
 * closes packages of referrals that are over, too.
 */
export const sameAs = async (
  watch: Watch,
  model: Model,
  about: object,
  mayClosePackage = false,
): Promise<readonly Told[]> => {
  const { before, after } = await look(watch, model)
  const isSame = after.digest === before.digest && after.state === model.state
  if (!isSame || (after.package !== before.package && !mayClosePackage)) {
    fail('a refused step changed something', { ...about, before, after })
  }
  const isDone = ({ type, outcome }: Told) =>
    outcome === 'ok' && type.startsWith('referrals.referral')
  if (after.told.some(isDone)) fail('a refused step is on the record as done', { about, after })
  return after.told
}

/** The rows and exactly one entry say what the model says. */
export const movedTo = async (
  watch: Watch,
  model: Model,
  event: string,
  about: object,
): Promise<void> => {
  const { state, version, owner, told } = (await look(watch, model)).after
  const wanted = {
    state: model.state,
    version: model.version,
    owner: watch.scene.network[model.owner].id,
  }
  if (state !== wanted.state || version !== wanted.version || owner !== wanted.owner) {
    fail('the rows are not as the model', { ...about, wanted, state, version, owner })
  }
  const [entry] = told
  const isTold =
    entry?.type === `referrals.referral.${event}.v1` &&
    entry.outcome === 'ok' &&
    entry.data.state === state &&
    entry.data.version === version
  if (told.length !== 1 || !isTold) fail('not exactly one entry', { ...about, told })
}

/** Refused as due, with nothing changed, and on the record once. Gives the status and code. */
export const refusedAs = async (
  watch: Watch,
  model: Model,
  allowed: readonly string[],
  { status, body }: Answered,
  about: object,
): Promise<string> => {
  const answer = `${status} ${body.code}`
  if (!allowed.includes(answer)) fail('refused otherwise than due', { ...about, allowed, body })
  const told = await sameAs(watch, model, { ...about, answer })
  // Who may never take such a step is refused before anything is looked up.
  const isByRole = /\((role|scope)\)/.test(body.detail)
  if (isByRole || UNRECORDED.includes(answer)) return answer
  if (told.length !== 1 || told[0]?.outcome !== 'refused') {
    fail('the refusal is not on the record once', { ...about, answer, told })
  }
  return answer
}
