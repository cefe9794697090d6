import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Actor } from './actor.ts'
import type { Config } from './config.ts'
import type { Role } from './contracts/codes.ts'
import type { Db } from './db.ts'
import type { Keys } from './keys.ts'
import { Problem } from './problem.ts'
import { createTokenVerifier } from './token.ts'

/** Name of the session cookie: browsers keep the `__Host-` promise only where TLS is. */
export const sessionCookieOf = (config: Pick<Config, 'publicUrl'>): string =>
  config.publicUrl.startsWith('https:') ? '__Host-titian' : 'titian'

/** What is stored of a secret that a person carries: its SHA-256 as lower-case hex. */
export const digestOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex')

const SESSION_ID = /^[A-Za-z0-9_-]{43}$/
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

const isUpgrade = (request: FastifyRequest): boolean =>
  request.headers.upgrade?.toLowerCase() === 'websocket'

/**
 * A browser sends the session cookie whoever wrote the page, so a change or a WebSocket MUST name
 * the hub itself as its origin.
 * @throws Problem foreign_origin
 */
export const demandOwnOrigin = (
  request: FastifyRequest,
  config: Pick<Config, 'publicUrl'>,
): void => {
  if (SAFE_METHODS.includes(request.method) && !isUpgrade(request)) return
  if (request.headers.origin !== new URL(config.publicUrl).origin) {
    throw new Problem('foreign_origin')
  }
}

interface SessionRow {
  readonly i: number
  /** Null when there is no such session, or it is over, or its person is not active. */
  readonly person: string | null
  readonly agency: string | null
  readonly roles: readonly Role[]
  /** Seconds since 1970. */
  readonly authenticated_at: number
}

export interface AuthenticatorOptions {
  readonly keys: Keys
  readonly config: Config
  readonly db: Db
}

export type Authenticate = (request: FastifyRequest) => Promise<Actor | null>

/**
 * Tells who asks: the bearer of an access token, or of a session cookie. Null when nobody is proven;
 * a request with an Authorization header is judged by that header alone.
 * @throws Problem foreign_origin for a change by cookie from another site's page
 */
export const createAuthenticator = (options: AuthenticatorOptions): Authenticate => {
  const { config, db } = options
  const verify = createTokenVerifier(options.keys.tokens.publicJwk, config.publicUrl)
  const findSession = db.gathered<{ id_hash: string }, SessionRow>('identity.session_actor')
  const cookieName = sessionCookieOf(config)

  const bySession = async (id: string): Promise<Actor | null> => {
    if (!SESSION_ID.test(id)) return null
    const row = await findSession({ id_hash: digestOf(id) })
    if (row.person === null) return null
    const { person, agency, roles, authenticated_at: authenticatedAt } = row
    return { kind: 'person', id: person, agency, roles, scopes: [], authenticatedAt }
  }

  return async (request) => {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const [, token] = /^Bearer ([^ ]+)$/i.exec(authorization) ?? []
      return token === undefined ? null : await verify(token)
    }
    const id = request.cookies[cookieName]
    if (id === undefined) return null
    demandOwnOrigin(request, config)
    return await bySession(id)
  }
}
