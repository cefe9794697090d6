import type { FastifyRequest } from 'fastify'
import type { Actor } from './actor.ts'
import type { JournalEvent } from './contracts/events.ts'
import { decide, type Action, type Target } from './decide.ts'
import { Problem, type ProblemExtras } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any handler of a route that is not public. */
    actor: Actor
  }
  interface FastifyContextConfig {
    /** What the route lets its caller do; MUST be stated, the default is deny. */
    authority?: Action | 'public'
  }
}

/** What of a refused attempt goes on the record; the service adds its event type. */
export type Attempt = Omit<JournalEvent, 'type' | 'outcome'>

/**
 * Decides on one object and throws the refusal. A foreign object is answered as an absent one.
 * The refused attempt is put on the record before the answer leaves.
 */
export const authorize = (
  request: FastifyRequest,
  action: Action,
  target: Target,
  attempt: Attempt = {},
): void => {
  const decision = decide(request.actor, action, target)
  if (decision.allow) return
  const journal = { ...attempt, outcome: 'refused', reason: decision.refusal } as const
  if (decision.refusal === 'foreign') throw new Problem('not_found', { refused: journal })
  if (decision.refusal === 'state' && target.kind === 'referral') {
    throw new Problem('version_conflict', { members: { state: target.state }, refused: journal })
  }
  throw new Problem('not_permitted', { params: { reason: decision.refusal }, refused: journal })
}

/** A refusal by a rule: a decision, and as such on the record before it is given. */
export const refusal = (
  code: string,
  attempt: Attempt,
  extras: Omit<ProblemExtras, 'refused'> = {},
): Problem =>
  new Problem(code, { ...extras, refused: { ...attempt, outcome: 'refused', reason: code } })

/** What is of others is answered as what is not there; that it was asked for is on the record. */
export const foreign = (attempt: Attempt): Problem =>
  new Problem('not_found', { refused: { ...attempt, outcome: 'refused', reason: 'foreign' } })
