import type { Actor } from './actor.ts'
import type { Role, Scope, Urgency } from './contracts/codes.ts'
import {
  SUPERVISOR_REASONS,
  TRANSITIONS,
  type ReferralState,
  type Verb,
} from './contracts/lifecycle.ts'

interface Grant {
  /** Any of these roles, for a person. */
  readonly roles: readonly Role[]
  /** Any of these scopes, for an agency's program; empty: programs never. */
  readonly scopes: readonly Scope[]
}

const WORKERS = ['case_worker', 'supervisor'] as const
const STAFF = ['intake_worker', 'case_worker', 'supervisor'] as const

/** Every action of the hub and who may take it. A route names one of these as its authority. */
export const ACTIONS = {
  'case.open': { roles: WORKERS, scopes: ['referrals:send'] },
  'case.read': { roles: WORKERS, scopes: ['referrals:send'] },
  'case.write': { roles: WORKERS, scopes: ['referrals:send'] },
  'case.open_data': { roles: WORKERS, scopes: ['referrals:send'] },
  'case.import': { roles: ['supervisor'], scopes: ['referrals:send'] },
  'case.export': { roles: WORKERS, scopes: [] },
  'case.export_all': { roles: ['supervisor'], scopes: [] },
  'gap_rule.read': {
    roles: [...STAFF, 'reviewer', 'oversight_reviewer', 'hub_administrator'],
    scopes: ['referrals:send', 'referrals:receive'],
  },
  'network.read': { roles: ['supervisor', 'oversight_reviewer', 'hub_administrator'], scopes: [] },
  'gap_rule.write': { roles: ['hub_administrator'], scopes: [] },
  'consent.record': { roles: WORKERS, scopes: ['referrals:send'] },
  'consent.record_basis': { roles: ['supervisor'], scopes: [] },
  'consent.read': { roles: WORKERS, scopes: ['referrals:send'] },
  'consent.withdraw': { roles: WORKERS, scopes: ['referrals:send'] },
  'agency_key.end': { roles: ['supervisor', 'hub_administrator'], scopes: [] },
  'stop_order.read': { roles: STAFF, scopes: ['referrals:receive'] },
  'stop_order.confirm': { roles: STAFF, scopes: ['referrals:receive'] },
  'referral.send': { roles: WORKERS, scopes: ['referrals:send'] },
  'referral.read': { roles: STAFF, scopes: ['referrals:send', 'referrals:receive'] },
  'referral.receive': { roles: STAFF, scopes: ['referrals:receive'] },
  'referral.serve': { roles: WORKERS, scopes: ['referrals:receive'] },
  'referral.follow': { roles: WORKERS, scopes: ['referrals:send'] },
  'referral.hold_place': { roles: STAFF, scopes: ['referrals:send', 'referrals:receive'] },
  'package.open': { roles: WORKERS, scopes: ['referrals:receive'] },
  'break_glass.ask': { roles: WORKERS, scopes: [] },
  'break_glass.approve': { roles: ['supervisor'], scopes: [] },
  'break_glass.open': { roles: WORKERS, scopes: [] },
  'break_glass.end': { roles: WORKERS, scopes: [] },
  'break_glass.review': { roles: ['supervisor', 'reviewer'], scopes: [] },
  'break_glass.read': { roles: [...WORKERS, 'reviewer'], scopes: [] },
  'break_glass.words': { roles: [...WORKERS, 'reviewer'], scopes: [] },
  'note.open': { roles: WORKERS, scopes: ['referrals:send', 'referrals:receive'] },
  'message.send': { roles: WORKERS, scopes: ['referrals:send', 'referrals:receive'] },
  'message.read': { roles: WORKERS, scopes: ['referrals:send', 'referrals:receive'] },
  'directory.read': {
    roles: [...STAFF, 'reviewer', 'oversight_reviewer', 'hub_administrator'],
    scopes: ['referrals:send', 'referrals:receive', 'directory:write'],
  },
  'capacity.count': { roles: STAFF, scopes: ['directory:write'] },
  'directory.write': { roles: ['supervisor'], scopes: ['directory:write'] },
  'agency.write': { roles: ['hub_administrator'], scopes: [] },
  'phone_link.make': { roles: ['hub_administrator'], scopes: [] },
  'agreement.write': { roles: ['hub_administrator'], scopes: [] },
  'agreement.read': {
    roles: [...STAFF, 'hub_administrator'],
    scopes: ['referrals:send', 'referrals:receive'],
  },
  'channel.own': { roles: STAFF, scopes: ['referrals:send', 'referrals:receive'] },
  'channel.agency': { roles: ['supervisor'], scopes: ['directory:write'] },
  'task.do': { roles: [...STAFF, 'hub_administrator'], scopes: [] },
  'people.read': { roles: ['supervisor', 'hub_administrator'], scopes: [] },
  'people.write': { roles: ['supervisor', 'hub_administrator'], scopes: [] },
  'proposal.read': { roles: ['supervisor', 'hub_administrator'], scopes: [] },
  'proposal.make': { roles: ['supervisor', 'hub_administrator'], scopes: [] },
  'proposal.decide': { roles: ['hub_administrator'], scopes: [] },
  'feed.read': { roles: STAFF, scopes: ['referrals:send', 'referrals:receive'] },
  'audit.read': { roles: ['reviewer', 'oversight_reviewer'], scopes: ['audit:read'] },
  'survivor.erase': { roles: ['supervisor'], scopes: [] },
  'audit.review': { roles: ['reviewer'], scopes: [] },
  'self.read': {
    roles: [...STAFF, 'reviewer', 'oversight_reviewer', 'hub_administrator'],
    scopes: ['referrals:send', 'referrals:receive', 'audit:read', 'directory:write'],
  },
} as const satisfies Record<string, Grant>
export type Action = keyof typeof ACTIONS

/** The facts about the object that a decision rests on. */
export type Target =
  | { readonly kind: 'none' }
  /** Something that one agency owns: a case, a statement, a service, a stop order. */
  | { readonly kind: 'owned'; readonly owner: string | null }
  /** A request to open what consent does not let, or what was made of it. */
  | {
      readonly kind: 'break_glass'
      readonly agency: string
      /** Who reviews: the owner of the case, or who owned it before `agency` did. */
      readonly owner: string
      readonly askedBy: string
      readonly approvedBy: string | null
    }
  | {
      readonly kind: 'referral'
      readonly sender: string
      readonly recipient: string
      /** MUST be `draft` when it was never sent: then it is the sender's alone, whatever became of it. */
      readonly state: ReferralState
      readonly urgency?: Urgency
      readonly verb?: Verb
      readonly reason?: string
    }

export type Refusal =
  | 'role'
  | 'scope'
  | 'foreign'
  | 'side'
  | 'state'
  | 'supervisor_only'
  | 'reason_unknown'
  | 'same_person'

export type Decision =
  | { readonly allow: true }
  | { readonly allow: false; readonly refusal: Refusal }

const ALLOW: Decision = { allow: true }
const refuse = (refusal: Refusal): Decision => ({ allow: false, refusal })

const mayAct = (actor: Actor, action: Action): Refusal | null => {
  const grant: Grant = ACTIONS[action]
  if (actor.kind === 'hub') return null
  if (actor.kind === 'person') {
    return actor.roles.some((role) => grant.roles.includes(role)) ? null : 'role'
  }
  return actor.scopes.some((scope) => grant.scopes.includes(scope)) ? null : 'scope'
}

const isSupervisor = (actor: Actor): boolean =>
  actor.kind === 'person' && actor.roles.includes('supervisor')

const isReviewer = (actor: Actor): boolean =>
  actor.kind === 'person' && actor.roles.includes('reviewer')

const decideMove = (
  actor: Actor,
  target: Extract<Target, { kind: 'referral' }>,
  verb: Verb,
): Decision => {
  const row = TRANSITIONS[verb]
  const isOnSide =
    (row.by === 'sender' && actor.agency === target.sender) ||
    (row.by === 'recipient' && actor.agency === target.recipient) ||
    ((row.by === 'clock' || row.by === 'consent') && actor.kind === 'hub')
  if (!isOnSide) return refuse('side')
  if (!(row.from as readonly ReferralState[]).includes(target.state)) return refuse('state')
  if ('urgencies' in row) {
    const urgencies: readonly Urgency[] = row.urgencies
    if (target.urgency === undefined || !urgencies.includes(target.urgency)) return refuse('state')
  }
  if ('supervisorOnly' in row && !isSupervisor(actor)) return refuse('supervisor_only')
  if ('reasons' in row) {
    const reasons: readonly string[] = row.reasons
    if (target.reason === undefined || !reasons.includes(target.reason)) {
      return refuse('reason_unknown')
    }
    if (SUPERVISOR_REASONS.includes(target.reason) && !isSupervisor(actor)) {
      return refuse('supervisor_only')
    }
  }
  return ALLOW
}

/**
 * Two people of one agency ask, approve and open; the owner of the case ends and reviews. Where both are
 * one agency, somebody of it reviews who only reads trails, and is neither of the two.
 */
const decideGlass = (
  actor: Actor,
  action: Action,
  { agency, owner, askedBy, approvedBy }: Extract<Target, { kind: 'break_glass' }>,
): Decision => {
  const isTheirs = actor.agency === agency
  const isOwners = actor.agency === owner
  if (actor.agency === null || (!isTheirs && !isOwners)) return refuse('foreign')
  const isOfTwo = isTheirs && (actor.id === askedBy || actor.id === approvedBy)
  if (action === 'break_glass.read') return ALLOW
  if (action === 'break_glass.words') {
    const isJudge = agency === owner && isReviewer(actor)
    return isOfTwo || isSupervisor(actor) || isJudge ? ALLOW : refuse('supervisor_only')
  }
  if (action === 'break_glass.approve' && isTheirs) {
    return actor.id === askedBy ? refuse('same_person') : ALLOW
  }
  if (action === 'break_glass.open' && isOfTwo) return ALLOW
  if (action === 'break_glass.end' && (isOfTwo || isOwners)) return ALLOW
  if (action === 'break_glass.review' && isOwners) {
    if (isOfTwo) return refuse('same_person')
    if (agency !== owner) return isSupervisor(actor) ? ALLOW : refuse('supervisor_only')
    return isReviewer(actor) ? ALLOW : refuse('role')
  }
  return refuse('side')
}

/**
 * Whether this actor may take this action on this object. Pure and total; denies by default.
 * `foreign` MUST be answered exactly as if the object did not exist.
 */
export const decide = (actor: Actor, action: Action, target: Target): Decision => {
  const refusal = mayAct(actor, action)
  if (refusal !== null) return refuse(refusal)
  switch (target.kind) {
    case 'none':
      return ALLOW
    case 'owned':
      return actor.kind === 'hub' || (actor.agency !== null && actor.agency === target.owner)
        ? ALLOW
        : refuse('foreign')
    case 'break_glass':
      return decideGlass(actor, action, target)
    case 'referral': {
      const isParty =
        actor.kind === 'hub' ||
        (actor.agency !== null &&
          (actor.agency === target.sender ||
            (actor.agency === target.recipient && target.state !== 'draft')))
      if (!isParty) return refuse('foreign')
      if (action === 'break_glass.ask' && actor.agency !== target.recipient) return refuse('side')
      return target.verb === undefined ? ALLOW : decideMove(actor, target, target.verb)
    }
  }
}
