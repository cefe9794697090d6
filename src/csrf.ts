import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { demandOwnOrigin, sessionCookieOf } from './auth.ts'
import type { Config } from './config.ts'
import type { Keys } from './keys.ts'
import { Problem } from './problem.ts'

interface Hub {
  readonly config: Pick<Config, 'publicUrl'>
  readonly keys: Pick<Keys, 'derive'>
}

/** Name of the hidden field of a form that carries the token. */
export const CSRF_FIELD = 'csrf'

/**
 * The token that a form of this browser's session carries, as 43 characters of base64url. Changes
 * with the session; whoever can read it could read the page.
 */
export const csrfTokenOf = (hub: Hub, request: FastifyRequest): string => {
  const session = request.cookies[sessionCookieOf(hub.config)] ?? ''
  return createHmac('sha256', hub.keys.derive('csrf')).update(session).digest('base64url')
}

/**
 * Demands that a form came from a page of this hub in this session: by its Origin and its token.
 * @throws Problem foreign_origin or form_outdated
 */
export const demandOwnForm = (
  hub: Hub,
  request: FastifyRequest,
  token: string | undefined,
): void => {
  demandOwnOrigin(request, hub.config)
  const [given, wanted] = [Buffer.from(token ?? ''), Buffer.from(csrfTokenOf(hub, request))]
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new Problem('form_outdated')
  }
}
