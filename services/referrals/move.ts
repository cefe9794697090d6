import type { FastifyRequest } from 'fastify'
import {
  isReturn,
  type Basis,
  type Category,
  type Purpose,
  type ReferralKind,
} from '../../src/contracts/codes.ts'
import {
  TRANSITIONS,
  type ReferralState,
  type Side,
  type Verb,
} from '../../src/contracts/lifecycle.ts'
import type { Moved, StepBody, StepVerb } from '../../src/contracts/referral.ts'
import { MAX_HOLD_DAYS } from '../../src/contracts/timers.ts'
import { keyOf, type KeyUsed } from '../../src/idempotency.ts'
import { type Attempt, authorize, foreign, refusal } from '../../src/request.ts'
import type { Context } from '../../src/service.ts'
import { ACTION_OF } from '../../src/step-actions.ts'
import { callOnce, firstAnswerOr } from './answers.ts'
import { arrivalCodeOf, isArrivalCode, MAX_MISSES } from './arrival.ts'
import { clocksAfter, type ClockChange, type ClockFacts } from './marks.ts'
import { checkCodes, noteOf, type NoteRow } from './notes.ts'

/** What `referrals.facts` tells; `id` is null when the referral is absent or foreign. */
export interface ReferralFacts extends Omit<ClockFacts, 'id'> {
  readonly i: number
  readonly id: string | null
  readonly case: string
  readonly kind: ReferralKind
  readonly purpose: Purpose
  readonly service: string
  readonly sender: string
  readonly recipient: string
  readonly state: ReferralState
  readonly basis: Basis
  readonly categories: readonly Category[]
  readonly arrival_generation: number
}

/** One input row of `referrals.move`. A null agency is the hub itself. */
export interface MoveRow extends ClockChange {
  readonly id: string
  readonly version: number
  readonly verb: Verb
  readonly event: string
  readonly from: readonly ReferralState[]
  readonly to: ReferralState
  readonly side: Side
  readonly agency: string | null
  readonly actor: string
  readonly key: string | null
  readonly route: string | null
  readonly fingerprint: string | null
  readonly reason: string | null
  readonly suggested: string | null
  readonly next_step: string | null
  readonly no_next_step: string | null
  readonly feedback: string | null
  readonly needs_grant: boolean
  /** Whether the survivor must still want it, and its risk be assessed. */
  readonly is_gated: boolean
  /** When the step is taken, RFC 3339. */
  readonly at: string
  readonly note: NoteRow | null
}

interface MovedBody {
  readonly id: string
  readonly state: ReferralState
  readonly version: number
  readonly changed_at: string
  readonly entry: string
}

export interface MoveResult {
  readonly i: number
  readonly outcome:
    | 'ok'
    | 'replayed'
    | 'key_reused'
    | 'conflict'
    | 'consent_ended'
    | 'statement_distrusted'
    | 'held_back'
    | 'suggested_unknown'
    | 'absent'
  readonly body: MovedBody
}

/** Steps towards the survivor, which the consent must still permit. */
const NEEDS_GRANT: readonly Verb[] = ['accept', 'hand_over', 'start', 'resume', 'dispute']

const DAY_MS = 86_400_000

const EXPLAIN = {
  field: 'note',
  message: { id: 'Jelaskan alasan "other".', en: 'Explain the reason "other".' },
}

const NO_NEXT_STEP = {
  field: 'no_next_step',
  message: {
    id: 'katakan mengapa next_step "none"; kosongkan bila ada langkah berikutnya',
    en: 'say why next_step is "none"; leave it out when there is a next step',
  },
}

/** What the step's own rules ask of its body. @throws Problem, on the record */
const checkBody = (verb: Verb, body: StepBody, now: Date, attempt: Attempt): void => {
  if (verb === 'close' && (body.next_step === 'none') !== (body.no_next_step !== undefined)) {
    throw refusal('invalid_request', attempt, { errors: [NO_NEXT_STEP] })
  }
  const isOther = body.reason === 'other' || body.no_next_step === 'other'
  if (isOther && body.note === undefined) {
    throw refusal('note_required', attempt, { errors: [EXPLAIN] })
  }
  if (verb !== 'hold') return
  const ahead = Date.parse(body.review_at ?? '') - now.getTime()
  if (!(ahead > 0 && ahead <= MAX_HOLD_DAYS * DAY_MS)) {
    throw refusal('review_date', attempt, { params: { days: MAX_HOLD_DAYS } })
  }
}

/** Counts the try first, so that many tries at once do not get past the limit. */
const checkArrivalCode = async (
  ctx: Context,
  request: FastifyRequest,
  facts: ReferralFacts,
  typed: string,
  attempt: Attempt,
): Promise<void> => {
  const id = facts.id ?? ''
  const tries = ctx.db.gathered<object, { i: number; is_allowed: boolean; misses: number }>(
    'referrals.try_arrival',
  )
  const row = { id, agency: request.actor.agency, most: MAX_MISSES }
  const { is_allowed: isAllowed, misses } = await tries(row)
  if (!isAllowed) throw refusal('arrival_code_locked', attempt)
  if (isArrivalCode(arrivalCodeOf(ctx.keys, id, facts.arrival_generation), typed)) return
  throw refusal('arrival_code_wrong', attempt, { params: { left: MAX_MISSES - misses } })
}

const present = async (body: MovedBody): Promise<Moved> => ({
  id: body.id,
  state: body.state,
  version: body.version,
  changed_at: new Date(body.changed_at).toISOString(),
  receipt: { entry: body.entry },
})

const REFUSED: Partial<Record<MoveResult['outcome'], string>> = {
  key_reused: 'idempotency_key_reused',
  conflict: 'version_conflict',
  consent_ended: 'consent_ended',
  statement_distrusted: 'statement_distrusted',
  held_back: 'sender_must_review',
  suggested_unknown: 'suggested_unknown',
  absent: 'not_found',
}

/** The referral as the actor's agency may decide on it. @throws Problem not_found */
export const factsFor = async (
  ctx: Context,
  request: FastifyRequest,
  id: string,
  attempt: Attempt,
): Promise<ReferralFacts & { readonly id: string }> => {
  const facts = await ctx.db.gathered<object, ReferralFacts>('referrals.facts')({
    id,
    agency: request.actor.agency,
  })
  if (facts.id === null) {
    throw foreign(attempt)
  }
  return { ...facts, id: facts.id }
}

/** May this actor take this step now? @throws Problem, on the record */
const decideStep = (
  request: FastifyRequest,
  verb: StepVerb,
  facts: ReferralFacts,
  body: StepBody,
  now: Date,
  attempt: Attempt,
): void => {
  const { sender, recipient, state } = facts
  const target = { kind: 'referral', sender, recipient, state } as const
  const reason = body.reason === undefined ? {} : { reason: body.reason }
  authorize(request, ACTION_OF[verb], target, attempt)
  const side = TRANSITIONS[verb].by === 'recipient' ? recipient : sender
  if (state === 'revoked' && NEEDS_GRANT.includes(verb) && request.actor.agency === side) {
    throw refusal('consent_ended', attempt, { members: { state, version: facts.version } })
  }
  authorize(request, ACTION_OF[verb], { ...target, verb, ...reason }, attempt)
  if (facts.version !== body.version) {
    throw refusal('version_conflict', attempt, { members: { state, version: facts.version } })
  }
  checkBody(verb, body, now, attempt)
}

/**
 * Takes one step of the lifecycle: decides on the facts, then has Postgres move by
 * compare-and-set on the version that was decided on. Two round trips, shared with concurrent
 * steps. `used` stands in for the request's Idempotency-Key. @throws Problem; every refusal is on the record
 */
export const takeStep = async (
  ctx: Context,
  request: FastifyRequest,
  verb: StepVerb,
  id: string,
  body: StepBody,
  used?: KeyUsed,
): Promise<Moved> => {
  const { agency, id: actor } = request.actor
  const key = used ?? keyOf(ctx, request)
  const row = TRANSITIONS[verb]
  const attempt: Attempt = { object: id, data: { verb } }
  checkCodes(body)
  return await firstAnswerOr<MovedBody, Moved>(ctx, { actor, ...key }, present, async () => {
    const facts = await factsFor(ctx, request, id, attempt)
    const known: Attempt = { ...attempt, subject: facts.case, purpose: facts.purpose }
    const refuse = (code: string, members: Record<string, unknown> = {}) =>
      refusal(code, known, { members })
    const now = ctx.now()
    decideStep(request, verb, facts, body, now, known)
    if (verb === 'hand_over') {
      await checkArrivalCode(ctx, request, facts, body.arrival_code ?? '', known)
    }
    const moving: MoveRow = {
      id,
      version: body.version,
      verb,
      event: row.event,
      from: row.from,
      to: row.to,
      side: row.by,
      agency,
      actor,
      ...key,
      reason: body.reason ?? null,
      suggested: body.suggested ?? null,
      next_step: body.next_step ?? null,
      no_next_step: body.no_next_step ?? null,
      feedback: body.feedback ?? null,
      needs_grant: NEEDS_GRANT.includes(verb),
      is_gated: isReturn(facts.purpose),
      at: now.toISOString(),
      ...clocksAfter(facts, verb, now, body.review_at),
      note: noteOf(ctx.keys, id, body),
    }
    // A transfer locks all that there is of its case, and so rides with nobody else.
    const isAlone = verb === 'hand_over' && facts.kind === 'transfer'
    const result = await callOnce<MoveResult>(ctx, 'referrals.move', moving, refuse, isAlone)
    const problem = REFUSED[result.outcome]
    if (problem !== undefined) {
      throw refuse(problem, { state: result.body.state, version: result.body.version })
    }
    ctx.bus.wake('ledger')
    return result.body
  })
}
