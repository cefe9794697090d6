import type { FastifyRequest } from 'fastify'
import {
  isReturn,
  type AgeBand,
  type Basis,
  type Category,
  type Need,
  type Purpose,
  type Urgency,
} from '../../src/contracts/codes.ts'
import type { ReferralState } from '../../src/contracts/lifecycle.ts'
import type { NewReferral, SentReferral } from '../../src/contracts/referral.ts'
import { newId } from '../../src/id.ts'
import { keyOf } from '../../src/idempotency.ts'
import { signHandoff, type PermitFacts } from '../../src/permits.ts'
import type { SealedPart } from '../../src/handoff/manifest.ts'
import type { Problem } from '../../src/problem.ts'
import { authorize, refusal, type Attempt } from '../../src/request.ts'
import type { Context } from '../../src/service.ts'
import { callOnce, firstAnswerOr } from './answers.ts'
import { clocksAfter, UNPAUSED, type ClockFacts, type Running, type TimerRow } from './marks.ts'
import { resealed, type PackedDatum, type SealedDatum } from './package.ts'

/** What `referrals.send_facts` tells; nulls where the case or the service is not there. */
export interface SendFacts extends Pick<
  ClockFacts,
  'time_zone' | 'hours' | 'always_open' | 'holidays' | 'timers'
> {
  readonly i: number
  readonly age_band: AgeBand | null
  readonly district: string | null
  readonly languages: readonly string[]
  readonly needs: readonly Need[]
  readonly data: readonly SealedDatum[] | null
  readonly recipient: string | null
  readonly purpose: Purpose
  readonly minimum: readonly Category[]
  readonly urgencies: readonly Urgency[]
  readonly is_active: boolean | null
}

/** One input row of `referrals.send`. */
export interface SendRow {
  readonly id: string
  readonly case: string
  readonly kind: string
  readonly purpose: Purpose
  readonly service: string
  readonly sender: string
  readonly recipient: string
  readonly urgency: Urgency
  readonly basis: Basis
  readonly minimum: readonly Category[]
  readonly age_band: AgeBand
  readonly district: string | null
  readonly languages: readonly string[]
  readonly needs: readonly Need[]
  readonly previous: string | null
  readonly draft_version: number | null
  readonly actor: string
  readonly key: string
  readonly route: string
  readonly fingerprint: string
  readonly acknowledge_due: string
  readonly clock: Running | null
  readonly timers: readonly TimerRow[]
  readonly is_gated: boolean
  readonly asked: readonly Category[]
  readonly package: readonly PackedDatum[]
}

export interface SendResult {
  readonly i: number
  readonly outcome:
    | 'ok'
    | 'replayed'
    | 'key_reused'
    | 'case_unknown'
    | 'blocked'
    | 'return_gate'
    | 'statement_distrusted'
    | 'consent_missing'
    | 'previous_unknown'
    | 'open_exists'
    | 'conflict'
  readonly body: SentBody & { readonly missing?: readonly Category[] }
}

interface SentBody {
  readonly id: string
  readonly version: number
  readonly sent_at: string
  readonly recipient: string
  readonly purpose: Purpose
  readonly categories: readonly Category[]
  /** What the sender wanted to share, before consent was looked at. */
  readonly asked: readonly Category[]
  readonly entry: string
  /** Null on another lawful basis than consent; then the two below mean nothing. */
  readonly statement: string | null
  readonly statement_version: number
  readonly statement_digest: string
  readonly ends_at: string
  readonly onward: PermitFacts['onward']
  /** What was sealed; null when the package is empty. */
  readonly parts: readonly SealedPart[] | null
  readonly number: number
}

/** A draft that is being sent: its id, the version that the sender saw, and how it is now. */
export interface DraftSeen {
  readonly id: string
  readonly version: number
  readonly now: { readonly state: ReferralState; readonly version: number }
}

/** What a send decides on: the sender's case with its sealed data, and the service. */
export const readSendFacts = (
  ctx: Context,
  sender: string,
  asked: NewReferral,
): Promise<SendFacts> =>
  ctx.db.gathered<object, SendFacts>('referrals.send_facts')({
    case: asked.case,
    agency: sender,
    service: asked.service,
    categories: asked.categories,
  })

/** What no transaction is needed for; what the case itself says, Postgres decides. */
const refusalOf = (facts: SendFacts, body: NewReferral, sender: string): string | null => {
  if (facts.recipient === null || facts.is_active !== true) return 'service_unknown'
  if (facts.recipient === sender) return 'own_service'
  if (facts.age_band === null) return 'case_unknown'
  return facts.urgencies.includes(body.urgency) ? null : 'urgency_not_taken'
}

export const PROBLEM_OF: Partial<Record<SendResult['outcome'], string>> = {
  key_reused: 'idempotency_key_reused',
  case_unknown: 'case_unknown',
  return_gate: 'return_gate',
  statement_distrusted: 'statement_distrusted',
  consent_missing: 'consent_missing',
  blocked: 'recipient_not_available',
  previous_unknown: 'previous_unknown',
  open_exists: 'open_referral_exists',
  conflict: 'version_conflict',
}

const present = async (
  ctx: Context,
  request: FastifyRequest,
  asked: NewReferral,
  body: SentBody,
): Promise<SentReferral> => {
  const sender = request.actor.agency ?? ''
  const signed = await signHandoff(ctx.keys, ctx.config.publicUrl, {
    referral: body.id,
    case: asked.case,
    sender,
    recipient: body.recipient,
    actor: request.actor.id,
    purpose: body.purpose,
    parts: body.parts ?? [],
    basis: asked.basis ?? 'consent',
    onward: body.onward,
    endsAt: body.ends_at,
    statement:
      body.statement === null
        ? null
        : { id: body.statement, version: body.statement_version, digest: body.statement_digest },
    entry: body.entry,
    number: body.number,
    issuedAt: body.sent_at,
  })
  const withheld = body.asked.filter((category) => !body.categories.includes(category))
  return {
    id: body.id,
    state: 'sent',
    version: body.version,
    recipient: body.recipient,
    sent_at: new Date(body.sent_at).toISOString(),
    categories: [...body.categories],
    dropped: withheld,
    ...signed,
    receipt: { entry: body.entry },
  }
}

const rowOf = (
  facts: SendFacts & { readonly age_band: AgeBand },
  asked: NewReferral,
  { id, version, now }: { id: string; version: number; now: Date },
) => {
  const { urgency } = asked
  const clocks = clocksAfter({ ...facts, ...UNPAUSED, id, version, urgency }, 'send', now)
  return {
    id,
    case: asked.case,
    kind: asked.kind ?? 'referral',
    purpose: facts.purpose,
    service: asked.service,
    urgency: asked.urgency,
    basis: asked.basis ?? 'consent',
    minimum: facts.minimum,
    age_band: facts.age_band,
    district: facts.district,
    languages: facts.languages,
    needs: facts.needs,
    previous: asked.previous ?? null,
    acknowledge_due: clocks.due['acknowledge'] ?? '',
    clock: clocks.clock,
    timers: clocks.timers,
    is_gated: isReturn(facts.purpose),
    asked: asked.categories,
  } satisfies Partial<SendRow>
}

interface Prepared {
  /** What is sent, or only shown: its id and version, and what Postgres remembers it by. */
  readonly id: string
  readonly draft: Pick<DraftSeen, 'version'> | null
  readonly key: Pick<SendRow, 'key' | 'route' | 'fingerprint'>
}

/**
 * The row of a send, from what the decision rests on.
 * @throws what `refuse` makes of a reason that needs no transaction
 */
export const prepareRow = async (
  ctx: Context,
  request: FastifyRequest,
  asked: NewReferral,
  { id, draft, key }: Prepared,
  refuse: (code: string) => Problem,
): Promise<SendRow> => {
  const sender = request.actor.agency ?? ''
  const facts = await readSendFacts(ctx, sender, asked)
  const code = refusalOf(facts, asked, sender)
  if (code !== null) throw refuse(code)
  const { recipient, age_band } = facts
  if (recipient === null || age_band === null) throw refuse('case_unknown')
  const version = draft?.version ?? 0
  return {
    ...rowOf({ ...facts, age_band }, asked, { id, version, now: ctx.now() }),
    sender,
    recipient,
    draft_version: draft?.version ?? null,
    actor: request.actor.id,
    ...key,
    package: resealed(ctx.keys, id, asked.case, facts.data ?? []),
  }
}

/**
 * Sends: loads what the decision rests on, refuses early with a reason, and has Postgres admit the
 * hand-off under the lock of the consent. Two round trips, each shared with concurrent sends.
 * @throws Problem; every refusal is on the record
 */
export const sendReferral = async (
  ctx: Context,
  request: FastifyRequest,
  asked: NewReferral,
  draft: DraftSeen | null = null,
): Promise<SentReferral> => {
  const sender = request.actor.agency ?? ''
  const actor = request.actor.id
  const key = keyOf(ctx, request)
  const attempt: Attempt = {
    subject: asked.case,
    object: draft?.id ?? asked.service,
    categories: asked.categories,
    data: { verb: 'send', service: asked.service },
  }
  const refuse = (code: string, members: Record<string, unknown> = {}) =>
    refusal(code, attempt, { members })

  return await firstAnswerOr<SentBody, SentReferral>(
    ctx,
    { actor, ...key },
    (body) => present(ctx, request, asked, body),
    async () => {
      authorize(request, 'referral.send', { kind: 'owned', owner: sender }, attempt)
      if (draft !== null && (draft.now.state !== 'draft' || draft.now.version !== draft.version)) {
        throw refuse('version_conflict', { ...draft.now })
      }
      const id = draft?.id ?? newId()
      const row = await prepareRow(ctx, request, asked, { id, draft, key }, refuse)
      const result = await callOnce<SendResult>(ctx, 'referrals.send', row, refuse)
      const problem = PROBLEM_OF[result.outcome]
      if (problem !== undefined) {
        const isMissing = result.outcome === 'consent_missing'
        throw refuse(problem, isMissing ? { missing: result.body.missing } : {})
      }
      if (result.outcome === 'ok') ctx.bus.wake('ledger')
      return result.body
    },
  )
}
