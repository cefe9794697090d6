import type { Static, TSchema } from 'typebox'
import { AgencyKeySet } from '../contracts/agency-key.ts'
import { AgreementList } from '../contracts/agreement.ts'
import { OpeningPage } from '../contracts/audit-review.ts'
import { AuditPage, Consistency, Inclusion } from '../contracts/audit.ts'
import {
  CapacityList,
  CapacityRead,
  CountNow,
  PlaceHeld,
  SetCapacity,
} from '../contracts/capacity.ts'
import {
  CasePage,
  CaseRead,
  ChangedCase,
  DataVersion,
  NewCase,
  OpenedData,
  OwnWish,
  ReturnRecorded,
  RiskAssessment,
  StageRead,
  StageSetting,
  WrittenData,
} from '../contracts/case.ts'
import {
  ConsentPage,
  NewStatement,
  NewWithdrawal,
  RecordedStatement,
  StatementVersions,
  StopAnswer,
  StopOrderPage,
  StopOrderRead,
  WithdrawalPage,
  WithdrawalRead,
  Withdrawn,
} from '../contracts/consent.ts'
import { AgencyPage, AgencyRead, ServicePage, ServiceRead } from '../contracts/directory.ts'
import { FeedPage } from '../contracts/feed.ts'
import { GapPage } from '../contracts/gaps.ts'
import { HandoffProof } from '../contracts/handoff.ts'
import { MatchPage, MatchQuestion } from '../contracts/matching.ts'
import {
  ChannelList,
  NewChannel,
  Channel,
  NoticePage,
  TaskPage,
  Unread,
} from '../contracts/notices.ts'
import {
  ENTRY_BODIES,
  EntryPage,
  EntryRead,
  OpenedEntry,
  PathwayRead,
} from '../contracts/pathway.ts'
import {
  ArrivalCode,
  Moved,
  NewReferral,
  OpenedCategory,
  OpenedNote,
  ReferralDetail,
  ReferralPage,
  RenewArrival,
  SentReferral,
  STEP_BODIES,
} from '../contracts/referral.ts'
import {
  EventPoll,
  EventStream,
  EventStreamRead,
  PolledEvents,
} from '../contracts/security-event.ts'

interface Operation {
  readonly body?: TSchema
  readonly query?: readonly string[]
  readonly answer: TSchema
}

const paged = ['after', 'limit'] as const
const step = <Body extends TSchema>(body: Body) => ({ body, answer: Moved })
const entry = <Body extends TSchema>(body: Body) => ({ body, answer: EntryRead })

/**
 * What an agency's program does, by method and path as docs/openapi.json has them: a test holds this
 * table against that document. Whatever is not here is called by `get`, `post`, `put` and `delete`.
 */
export const OPERATIONS = {
  'GET /v1/directory/agencies': { query: ['kind', 'area', ...paged], answer: AgencyPage },
  'GET /v1/directory/agencies/{id}': { answer: AgencyRead },
  'GET /v1/directory/services': {
    query: [
      'stage',
      'area',
      'urgency',
      'needs',
      'language',
      'age_band',
      'gender',
      'agency',
      ...paged,
    ],
    answer: ServicePage,
  },
  'GET /v1/directory/services/{id}': { answer: ServiceRead },
  'POST /v1/directory/matches': { body: MatchQuestion, answer: MatchPage },
  'GET /v1/directory/services/{id}/capacity': { answer: CapacityList },
  'PUT /v1/directory/services/{id}/capacity/{unit}': { body: SetCapacity, answer: CapacityRead },
  'PUT /v1/directory/services/{id}/capacity/{unit}/available': {
    body: CountNow,
    answer: CapacityRead,
  },

  'POST /v1/cases': { body: NewCase, answer: CaseRead },
  'GET /v1/cases': { query: paged, answer: CasePage },
  'GET /v1/cases/{id}': { answer: CaseRead },
  'PUT /v1/cases/{id}': { body: ChangedCase, answer: CaseRead },
  'PUT /v1/cases/{id}/data/{category}': { body: WrittenData, answer: DataVersion },
  'POST /v1/cases/{id}/data/{category}/open': { query: ['author'], answer: OpenedData },
  'PUT /v1/cases/{id}/stages/{stage}': { body: StageSetting, answer: StageRead },
  'PUT /v1/cases/{id}/own-wish': { body: OwnWish, answer: ReturnRecorded },
  'PUT /v1/cases/{id}/risk-assessment': { body: RiskAssessment, answer: ReturnRecorded },
  'GET /v1/cases/{id}/pathway': { answer: PathwayRead },
  'POST /v1/cases/{id}/assessments': entry(ENTRY_BODIES.assessment),
  'POST /v1/cases/{id}/goals': entry(ENTRY_BODIES.goal),
  'POST /v1/cases/{id}/conferences': entry(ENTRY_BODIES.conference),
  'POST /v1/cases/{id}/safety-plans': entry(ENTRY_BODIES.safety_plan),
  'POST /v1/cases/{id}/contact-attempts': entry(ENTRY_BODIES.contact_attempt),
  'POST /v1/cases/{id}/visits': entry(ENTRY_BODIES.visit),
  'GET /v1/cases/{id}/entries': { query: ['kind', ...paged], answer: EntryPage },
  'POST /v1/cases/{id}/entries/{entry}/open': { answer: OpenedEntry },
  'GET /v1/gaps': { query: ['mine', 'rule', 'severity', 'stage', ...paged], answer: GapPage },

  'POST /v1/consents': { body: NewStatement, answer: RecordedStatement },
  'GET /v1/consents': { query: ['case', ...paged], answer: ConsentPage },
  'GET /v1/consents/{id}': { answer: StatementVersions },
  'POST /v1/withdrawals': { body: NewWithdrawal, answer: Withdrawn },
  'GET /v1/withdrawals': { query: ['case', ...paged], answer: WithdrawalPage },
  'GET /v1/withdrawals/{id}': { answer: WithdrawalRead },
  'GET /v1/stop-orders': { query: paged, answer: StopOrderPage },
  'POST /v1/stop-orders/{id}/answer': { body: StopAnswer, answer: StopOrderRead },
  'GET /v1/agency-keys/{agency}': { answer: AgencyKeySet },
  'POST /v1/events/poll': { body: EventPoll, answer: PolledEvents },
  'GET /v1/event-stream': { answer: EventStreamRead },
  'PUT /v1/event-stream': { body: EventStream, answer: EventStreamRead },

  'POST /v1/referrals': { body: NewReferral, answer: SentReferral },
  'GET /v1/referrals': { query: ['side', 'state', 'case', ...paged], answer: ReferralPage },
  'GET /v1/referrals/{id}': { answer: ReferralDetail },
  'GET /v1/referrals/{id}/proof': { answer: HandoffProof },
  'POST /v1/referrals/{id}/acknowledge': step(STEP_BODIES.acknowledge),
  'POST /v1/referrals/{id}/ask': step(STEP_BODIES.ask),
  'POST /v1/referrals/{id}/answer': step(STEP_BODIES.answer),
  'POST /v1/referrals/{id}/accept': step(STEP_BODIES.accept),
  'POST /v1/referrals/{id}/decline': step(STEP_BODIES.decline),
  'POST /v1/referrals/{id}/withdraw': step(STEP_BODIES.withdraw),
  'POST /v1/referrals/{id}/hand-over': step(STEP_BODIES.hand_over),
  'POST /v1/referrals/{id}/start': step(STEP_BODIES.start),
  'POST /v1/referrals/{id}/hold': step(STEP_BODIES.hold),
  'POST /v1/referrals/{id}/resume': step(STEP_BODIES.resume),
  'POST /v1/referrals/{id}/complete': step(STEP_BODIES.complete),
  'POST /v1/referrals/{id}/dispute': step(STEP_BODIES.dispute),
  'POST /v1/referrals/{id}/close': step(STEP_BODIES.close),
  'POST /v1/referrals/{id}/end-unserved': step(STEP_BODIES.end_unserved),
  'POST /v1/referrals/{id}/mark-error': step(STEP_BODIES.mark_error),
  'GET /v1/referrals/{id}/arrival-code': { answer: ArrivalCode },
  'POST /v1/referrals/{id}/arrival-code': { body: RenewArrival, answer: ArrivalCode },
  'POST /v1/referrals/{id}/place': { answer: PlaceHeld },
  'POST /v1/referrals/{id}/package/{category}/open': { answer: OpenedCategory },
  'POST /v1/referrals/{id}/notes/{note}/open': { answer: OpenedNote },
  'GET /v1/agreements': { answer: AgreementList },

  'GET /v1/feed': { query: paged, answer: FeedPage },
  'GET /v1/feed/unread': { answer: Unread },
  'POST /v1/channels': { body: NewChannel, answer: Channel },
  'GET /v1/channels': { answer: ChannelList },
  'GET /v1/notices': { query: ['for', 'state', ...paged], answer: NoticePage },
  'GET /v1/tasks': { query: ['state', ...paged], answer: TaskPage },

  'GET /v1/audit/entries': {
    query: [
      'case',
      'object',
      'type',
      'outcome',
      'agency',
      'actor',
      'category',
      'from',
      'to',
      'order',
      ...paged,
    ],
    answer: AuditPage,
  },
  'GET /v1/audit/inclusion': { query: ['position', 'size'], answer: Inclusion },
  'GET /v1/audit/consistency': { query: ['from', 'to'], answer: Consistency },
  'GET /v1/audit/cases/{case}/openings': { query: paged, answer: OpeningPage },
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof OPERATIONS
type Of<Name extends OperationName> = (typeof OPERATIONS)[Name]

/** Names in braces of a path. */
type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never
type Given<Condition, Member> = [Condition] extends [never] ? object : Member
type BodyOf<Name extends OperationName> =
  Of<Name> extends { body: infer Body extends TSchema }
    ? { readonly body: Static<Body> }
    : { readonly body?: object }
type QueryOf<Name extends OperationName> =
  Of<Name> extends { query: readonly (infer Key extends string)[] }
    ? { readonly query?: { readonly [K in Key]?: string | number | boolean | readonly string[] } }
    : object

/** What an operation is asked with: `path`, `query` and `body`, as far as it has them. */
export type Asked<Name extends OperationName> = Given<
  Names<Name>,
  { readonly path: { readonly [Key in Names<Name>]: string } }
> &
  QueryOf<Name> &
  BodyOf<Name>

export type AnswerOf<Name extends OperationName> = Static<Of<Name>['answer']>
