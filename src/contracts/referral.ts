import { Type, type Static } from 'typebox'
import {
  AGE_BANDS,
  BASES,
  CATEGORIES,
  Id,
  Instant,
  NEEDS,
  oneOf,
  PURPOSES,
  REFERRAL_KINDS,
  URGENCIES,
  Version,
} from './codes.ts'
import {
  CLOSE_REASONS,
  DECLINE_REASONS,
  DISPUTE_REASONS,
  FEEDBACK,
  NO_NEXT_STEP_REASONS,
  REFERRAL_STATES,
  UNSERVED_REASONS,
  WITHDRAW_REASONS,
} from './lifecycle.ts'
import { Question, QuestionAnswer, ReferralNote, several } from './referral-note.ts'

const CLOSED = { additionalProperties: false } as const
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])
const Categories = Type.Array(oneOf(CATEGORIES), { minItems: 1, uniqueItems: true, maxItems: 13 })

/** What a sender decides: whose case, which service, how urgent, which categories to share. */
export const NewReferral = Type.Object(
  {
    case: Id,
    service: Id,
    kind: Type.Optional(oneOf(REFERRAL_KINDS)),
    urgency: oneOf(URGENCIES),
    categories: Categories,
    basis: Type.Optional(oneOf(BASES)),
    previous: Type.Optional(Id),
  },
  CLOSED,
)
export type NewReferral = Static<typeof NewReferral>

/**
 * A referral as one of its two agencies sees it. Before acceptance the recipient has the envelope
 * alone; a null says that the reader's side does not get the field, or that it is not set.
 */
export const Referral = Type.Object(
  {
    id: Id,
    kind: oneOf(REFERRAL_KINDS),
    state: oneOf(REFERRAL_STATES),
    version: Type.Integer(),
    side: oneOf(['sender', 'recipient']),
    purpose: oneOf(PURPOSES),
    service: Id,
    sender: Id,
    recipient: Id,
    urgency: oneOf(URGENCIES),
    basis: oneOf(BASES),
    case: Nullable(Id),
    subject: Type.String({ description: 'Pseudonym of the survivor, different for each agency' }),
    categories: Type.Array(oneOf(CATEGORIES)),
    age_band: Nullable(oneOf(AGE_BANDS)),
    district: Nullable(Type.String()),
    languages: Nullable(Type.Array(Type.String())),
    needs: Nullable(Type.Array(oneOf(NEEDS))),
    previous: Nullable(Id),
    reason: Nullable(Type.String()),
    suggested: Nullable(Id),
    next_step: Nullable(Type.String()),
    no_next_step: Nullable(Type.String({ description: 'Why next_step is none' })),
    feedback: Nullable(Type.String({ description: "The survivor's, asked at closing" })),
    due: Type.Object(
      {
        acknowledge: Nullable(Instant),
        decide: Nullable(Instant),
        answer: Nullable(Instant),
        contact: Nullable(Instant),
        start: Nullable(Instant),
        review: Nullable(Instant),
      },
      CLOSED,
    ),
    sent_at: Nullable(Instant),
    accepted_at: Nullable(Instant),
    changed_at: Instant,
  },
  CLOSED,
)
export type Referral = Static<typeof Referral>

export const ReferralDetail = Type.Object(
  { ...Referral.properties, notes: Type.Array(ReferralNote) },
  CLOSED,
)
export const ReferralPage = Type.Object(
  { items: Type.Array(Referral), next: Nullable(Type.String()) },
  CLOSED,
)

export const Receipt = Type.Object(
  {
    entry: Type.String({
      format: 'uuid',
      description: 'Journal entry; in the ledger within seconds',
    }),
  },
  CLOSED,
)
export type Receipt = Static<typeof Receipt>

/** The answer to a send: what was admitted, what consent did not cover, and the proof. */
export const SentReferral = Type.Object(
  {
    id: Id,
    state: oneOf(REFERRAL_STATES),
    version: Type.Integer(),
    recipient: Id,
    sent_at: Instant,
    categories: Type.Array(oneOf(CATEGORIES)),
    dropped: Type.Array(oneOf(CATEGORIES), {
      description: 'Asked for, and left out: consent or data is missing',
    }),
    permit: Type.String({ description: 'Signed hand-off permit, typ handoff-permit+jwt' }),
    manifest: Type.String({
      description: "Signed with the sender's key, typ handoff-manifest+jwt",
    }),
    receipt: Receipt,
  },
  CLOSED,
)
export type SentReferral = Static<typeof SentReferral>

/** What a send would bring about: the recipient's own view, and nothing is sent. */
export const ReferralPreview = Type.Object(
  {
    envelope: { ...Referral, description: 'As the recipient would get it before it decides' },
    after_acceptance: Type.Array(oneOf(CATEGORIES), {
      description: 'What the recipient could open, one by one, once it has accepted',
    }),
    withheld: Type.Array(oneOf(CATEGORIES), {
      description: 'Asked for, and left out: consent or data is missing',
    }),
  },
  CLOSED,
)
export type ReferralPreview = Static<typeof ReferralPreview>

export const Moved = Type.Object(
  {
    id: Id,
    state: oneOf(REFERRAL_STATES),
    version: Type.Integer(),
    changed_at: Instant,
    receipt: Receipt,
  },
  CLOSED,
)
export type Moved = Static<typeof Moved>

const Note = Type.String({
  minLength: 1,
  maxLength: 1000,
  pattern: '\\S',
  description:
    'Narrative: sealed; each agency opens it by a recorded opening while consent permits',
})
const versioned = { version: Version }

/** Body of each step of the lifecycle that a person or program takes. */
export const STEP_BODIES = {
  acknowledge: Type.Object(versioned, CLOSED),
  ask: Type.Object(
    { ...versioned, questions: Type.Array(Question, several), note: Type.Optional(Note) },
    CLOSED,
  ),
  answer: Type.Object(
    { ...versioned, answers: Type.Array(QuestionAnswer, several), note: Type.Optional(Note) },
    CLOSED,
  ),
  accept: Type.Object(versioned, CLOSED),
  decline: Type.Object(
    {
      ...versioned,
      reason: oneOf(DECLINE_REASONS),
      note: Type.Optional(Note),
      suggested: Type.Optional(Id),
    },
    CLOSED,
  ),
  withdraw: Type.Object(
    { ...versioned, reason: oneOf(WITHDRAW_REASONS), note: Type.Optional(Note) },
    CLOSED,
  ),
  hand_over: Type.Object(
    { ...versioned, arrival_code: Type.String({ pattern: '^[0-9A-Za-z -]{6,12}$' }) },
    CLOSED,
  ),
  start: Type.Object(versioned, CLOSED),
  hold: Type.Object({ ...versioned, review_at: Instant, note: Type.Optional(Note) }, CLOSED),
  resume: Type.Object(versioned, CLOSED),
  complete: Type.Object({ ...versioned, note: Type.Optional(Note) }, CLOSED),
  dispute: Type.Object(
    { ...versioned, reason: oneOf(DISPUTE_REASONS), note: Type.Optional(Note) },
    CLOSED,
  ),
  close: Type.Object(
    {
      ...versioned,
      reason: oneOf(CLOSE_REASONS),
      feedback: oneOf(FEEDBACK),
      next_step: oneOf([...PURPOSES, 'none']),
      no_next_step: Type.Optional(oneOf(NO_NEXT_STEP_REASONS)),
      note: Type.Optional(Note),
    },
    {
      ...CLOSED,
      description: 'no_next_step says why next_step is none, and is left out otherwise',
    },
  ),
  end_unserved: Type.Object(
    { ...versioned, reason: oneOf(UNSERVED_REASONS), note: Type.Optional(Note) },
    CLOSED,
  ),
  mark_error: Type.Object({ ...versioned, note: Note }, CLOSED),
} as const
export type StepVerb = keyof typeof STEP_BODIES

/** Every member that some step's body can have. */
export interface StepBody {
  readonly version: number
  readonly reason?: string
  readonly note?: string
  readonly questions?: readonly Question[]
  readonly answers?: readonly QuestionAnswer[]
  readonly suggested?: string
  readonly arrival_code?: string
  readonly review_at?: string
  readonly next_step?: string
  readonly no_next_step?: string
  readonly feedback?: string
}

export const RenewArrival = Type.Object(versioned, CLOSED)
export const ArrivalCode = Type.Object(
  {
    code: Type.String({ description: 'For the survivor or escort to carry; 6 characters' }),
    version: Version,
  },
  CLOSED,
)

export const PhoneLink = Type.Object(
  {
    url: Type.String({ description: 'Given once; names neither agency nor referral' }),
    expires_at: Instant,
  },
  CLOSED,
)

export const OpenedNote = Type.Object(
  {
    referral: Id,
    note: Id,
    text: Type.String(),
    access: Type.String({ format: 'uuid', description: 'The record of this opening' }),
  },
  CLOSED,
)

export const OpenedCategory = Type.Object(
  {
    referral: Id,
    category: oneOf(CATEGORIES),
    data: Type.Unknown({ description: 'The content of the category, as its author wrote it' }),
    access: Type.String({ format: 'uuid', description: 'The record of this opening' }),
  },
  CLOSED,
)
