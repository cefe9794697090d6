import { Type, type Static } from 'typebox'
import { Id, Instant, oneOf } from './codes.ts'
import { EVENTS, type EventType } from './events.ts'

const CLOSED = { additionalProperties: false } as const
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

export const LEVELS = ['urgent', 'normal', 'calm'] as const
export type Level = (typeof LEVELS)[number]

export interface NoticeRule {
  /** `others`: not the agency that did it. */
  readonly to: 'others' | 'all'
  /** `by_urgency`: urgent for an emergency, else normal. */
  readonly level: Level | 'by_urgency'
  /** Persons who are not supervisors are not told. */
  readonly supervisors?: true
  /** Nobody but the person that `data.person` names is told, on that person's own channels. */
  readonly named?: true
}

const told = (level: NoticeRule['level']): NoticeRule => ({ to: 'others', level })

/** What is told over the channels; everything is in the feed. */
export const NOTICES: Partial<Record<EventType, NoticeRule>> = {
  'referrals.referral.sent.v1': told('by_urgency'),
  'referrals.referral.acknowledged.v1': told('calm'),
  'referrals.referral.info_requested.v1': told('normal'),
  'referrals.referral.info_answered.v1': told('normal'),
  'referrals.referral.accepted.v1': told('normal'),
  'referrals.referral.declined.v1': told('normal'),
  'referrals.referral.withdrawn.v1': told('normal'),
  'referrals.referral.handed_over.v1': told('normal'),
  'referrals.referral.service_started.v1': told('calm'),
  'referrals.referral.put_on_hold.v1': told('calm'),
  'referrals.referral.resumed.v1': told('calm'),
  'referrals.referral.completed.v1': told('normal'),
  'referrals.referral.disputed.v1': told('normal'),
  'referrals.referral.closed.v1': told('calm'),
  'referrals.referral.ended_unserved.v1': told('urgent'),
  'referrals.referral.expired.v1': { to: 'all', level: 'urgent' },
  'referrals.referral.revoked.v1': told('urgent'),
  'referrals.referral.entered_in_error.v1': told('normal'),
  'referrals.clock.reminded.v1': { to: 'all', level: 'by_urgency' },
  'referrals.clock.overdue.v1': { to: 'all', level: 'by_urgency', supervisors: true },
  'referrals.clock.escalated.v1': { to: 'all', level: 'urgent', supervisors: true },
  'referrals.arrival.missed.v1': { to: 'all', level: 'urgent' },
  'referrals.review.due.v1': { to: 'all', level: 'calm' },
  'referrals.feedback.owed.v1': { to: 'all', level: 'normal' },
  'referrals.follow_up.due.v1': { to: 'all', level: 'calm' },
  'referrals.break_glass.asked.v1': { to: 'all', level: 'urgent', supervisors: true },
  'referrals.break_glass.approved.v1': { to: 'all', level: 'urgent', supervisors: true },
  'referrals.break_glass.opened.v1': { to: 'all', level: 'urgent', supervisors: true },
  'referrals.break_glass.ended.v1': { to: 'all', level: 'normal', supervisors: true },
  'referrals.break_glass.reviewed.v1': { to: 'all', level: 'normal', supervisors: true },
  'referrals.break_glass.review_overdue.v1': { to: 'all', level: 'urgent', supervisors: true },
  // Whoever proposes a key in an agency's name is noticed by the agency, before anything rests on it.
  'identity.proposal.made.v1': { to: 'all', level: 'urgent', supervisors: true },
  'identity.proposal.approved.v1': { to: 'all', level: 'normal', supervisors: true },
  'identity.proposal.carried_out.v1': { to: 'all', level: 'urgent', supervisors: true },
  'identity.proposal.rejected.v1': { to: 'all', level: 'normal', supervisors: true },
  'consent.agency_key.changed.v1': { to: 'all', level: 'urgent', supervisors: true },
  'consent.statement.distrusted.v1': { to: 'all', level: 'urgent' },
  'consent.stop_order.issued.v1': told('urgent'),
  'messages.message.sent.v1': told('normal'),
  'messages.message.retracted.v1': told('calm'),
  'messages.colleague.mentioned.v1': { to: 'all', level: 'normal', named: true },
}

/**
 * All that ever leaves the hub towards a person: no name, no need, no place, no id, no link to one
 * thing. The page behind it tells the rest to whoever signs in.
 */
export const NEUTRAL = {
  subject: 'Pemberitahuan / Notice',
  text: 'Ada pembaruan. Buka aplikasi untuk melihat.\nThere is an update. Open the app to see it.\n',
} as const

export const CHANNEL_KINDS = ['email', 'push', 'webhook', 'phone'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

const Key = (length: number) => Type.String({ pattern: `^[A-Za-z0-9_-]{${length}}$` })
const ForWhom = Type.Optional(oneOf(['me', 'agency'] /* the agency's own need a supervisor */))
export const NewChannel = Type.Union([
  Type.Object(
    {
      kind: oneOf(['email']),
      for: ForWhom,
      to: Type.String({
        maxLength: 254,
        pattern: '^[^\\s@<>",;:]+@[^\\s@<>",;:]+\\.[^\\s@<>",;:]+$',
      }),
    },
    CLOSED,
  ),
  Type.Object(
    {
      kind: oneOf(['push']),
      endpoint: Type.String({ maxLength: 1000, description: 'PushSubscription.endpoint' }),
      keys: Type.Optional(Type.Object({ p256dh: Key(87), auth: Key(22) }, CLOSED)),
    },
    CLOSED,
  ),
  Type.Object(
    {
      kind: oneOf(['webhook']),
      url: Type.String({
        maxLength: 1000,
        description: 'https, on a host that the hub registered',
      }),
    },
    CLOSED,
  ),
  Type.Object(
    {
      kind: oneOf(['phone']),
      number: Type.String({ pattern: '^\\+[1-9][0-9]{5,14}$', description: 'E.164' }),
    },
    CLOSED,
  ),
])
export type NewChannel = Static<typeof NewChannel>

export const Channel = Type.Object(
  {
    id: Id,
    kind: oneOf(CHANNEL_KINDS),
    for: oneOf(['me', 'agency']),
    active: Type.Boolean({ description: 'False: it failed for good, or was taken away' }),
    leads_to: Type.String({ description: 'The address, number or host; shown to its owner alone' }),
    at: Instant,
  },
  CLOSED,
)
export const ChannelList = Type.Object({ items: Type.Array(Channel) }, CLOSED)

const LocalTime = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' })
const Wishes = {
  least: oneOf(['all', 'normal', 'urgent']),
  time_zone: Type.String({ maxLength: 40, description: 'IANA name, such as Asia/Makassar' }),
  quiet_from: Nullable(LocalTime),
  quiet_to: Nullable(LocalTime),
  urgent_always: Type.Boolean({ description: 'Emergencies and alarms come in quiet hours too' }),
  digest_at: Nullable(LocalTime),
}
export const Preference = Type.Object(
  { ...Wishes, version: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }) },
  CLOSED,
)
export type Preference = Static<typeof Preference>

export const Notice = Type.Object(
  {
    id: Id,
    channel: Id,
    kind: oneOf(CHANNEL_KINDS),
    for: oneOf(['me', 'agency']),
    type: oneOf([...EVENTS, 'test']),
    level: oneOf(LEVELS),
    n: Type.Integer({ description: "Number in the agency's feed; 0 for a test" }),
    state: oneOf(['waiting', 'sent', 'dead']),
    tries: Type.Integer(),
    failure: Nullable(Type.String()),
    try_at: Instant,
    at: Instant,
    sent_at: Nullable(Instant),
  },
  CLOSED,
)
export const NoticePage = Type.Object({ items: Type.Array(Notice), next: Nullable(Id) }, CLOSED)

export const TASK_KINDS = [
  'notice_undelivered',
  'agency_unreachable',
  'escalation',
  'phone_call',
  'dead_letter',
  'review_overdue',
] as const
export const Task = Type.Object(
  {
    id: Id,
    kind: oneOf(TASK_KINDS),
    object: Id,
    data: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'Codes: kind of channel; of an escalation the envelope',
    }),
    at: Instant,
    done_at: Nullable(Instant),
  },
  CLOSED,
)
export const TaskPage = Type.Object({ items: Type.Array(Task), next: Nullable(Id) }, CLOSED)

export const Unread = Type.Object(
  {
    head: Type.Integer({ description: 'Number of the newest item' }),
    seen: Type.Integer({ description: 'You have seen everything up to this number' }),
    unread: Type.Integer(),
  },
  CLOSED,
)
