import type { FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

/** How long ago, in seconds, a person may have signed in for what needs them to be there now. */
export const RECENT_S = 300

/** Where a person proves again who they are; takes `return_to`, a path of this hub. */
export const STEP_UP_PAGE = '/sign-in/again'

/**
 * Demands that the person signed in a moment ago: for exports, changes of keys, breaking glass.
 * Programs prove their key with each request and are let through. MUST be called before anything
 * is changed.
 * @throws Problem step_up_needed, with `page`, where to go, and `max_age_s`
 */
export const demandRecent = (request: FastifyRequest, maxAgeS = RECENT_S): void => {
  const { kind, authenticatedAt } = request.actor
  if (kind !== 'person') return
  if (authenticatedAt !== undefined && Date.now() / 1000 - authenticatedAt <= maxAgeS) return
  throw new Problem('step_up_needed', {
    params: { seconds: maxAgeS, page: STEP_UP_PAGE },
    members: { page: STEP_UP_PAGE, max_age_s: maxAgeS },
  })
}

/** The WWW-Authenticate header of a problem (RFC 9449 section 7.1, RFC 9470), or null. */
export const challengeOf = (problem: Problem): string | null => {
  if (problem.code === 'not_signed_in') return 'DPoP algs="ES256"'
  if (problem.code !== 'step_up_needed') return null
  const maxAge = String(problem.extras.members?.['max_age_s'] ?? RECENT_S)
  return `DPoP algs="ES256", error="insufficient_user_authentication", max_age=${maxAge}`
}
