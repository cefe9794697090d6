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

/** By which header a program failed: error codes of RFC 6750 section 3.1 and RFC 9449 section 7.1. */
const REFUSED = {
  Authorization: {
    error: 'invalid_token',
    message: {
      id: 'token tidak sah, kedaluwarsa, atau dicabut; minta token baru',
      en: 'holds no token that is valid now; ask for a new one',
    },
  },
  DPoP: {
    error: 'invalid_dpop_proof',
    message: {
      id: 'kirim "Authorization: DPoP …" dengan bukti baru untuk setiap permintaan: metode, alamat, ath, dan jti yang belum dipakai',
      en: 'send "Authorization: DPoP …" with a new proof for every request: its method, its address, ath, and a jti that was not used',
    },
  },
} as const

/** A program that cannot be let in, and by which header it failed. */
export const tokenRefused = (field: keyof typeof REFUSED): Problem =>
  new Problem('not_signed_in', { errors: [{ field, message: REFUSED[field].message }] })

/** The WWW-Authenticate header of a problem (RFC 9449 section 7.1, RFC 9470), or null. */
export const challengeOf = (problem: Problem): string | null => {
  if (problem.code === 'not_signed_in') {
    const field = problem.extras.errors?.[0]?.field
    const isKnown = field === 'Authorization' || field === 'DPoP'
    return `DPoP algs="ES256"${isKnown ? `, error="${REFUSED[field].error}"` : ''}`
  }
  if (problem.code !== 'step_up_needed') return null
  const maxAge = String(problem.extras.members?.['max_age_s'] ?? RECENT_S)
  return `DPoP algs="ES256", error="insufficient_user_authentication", max_age=${maxAge}`
}
