import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Actor } from './actor.ts'
import type { Config } from './config.ts'
import type { Role, Scope } from './contracts/codes.ts'
import type { Db } from './db.ts'
import { tokenRefused } from './challenge.ts'
import { readProof } from './dpop.ts'
import type { Keys } from './keys.ts'
import { Problem } from './problem.ts'
import { createTokenVerifier, type Verified } from './token.ts'

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

interface ProgramRow {
  readonly i: number
  /** False when the proof was used before. */
  readonly fresh: boolean
  /** Null when there is no such program, or it is not active. */
  readonly scopes: readonly Scope[] | null
}

export interface AuthenticatorOptions {
  readonly keys: Keys
  readonly config: Config
  readonly db: Db
}

export interface Authenticate {
  /**
   * Tells who asks: the bearer of an access token, or of a session cookie. Null when nobody is
   * proven; a request with an Authorization header is judged by that header alone. Uses up the
   * proof of a program's key.
   * @throws Problem foreign_origin for a change by cookie from another site's page, not_signed_in for a
   * token without a new proof of its key
   */
  (request: FastifyRequest): Promise<Actor | null>
  /**
   * Asks again for a request that was let in, such as a WebSocket's: null once its session, person,
   * token or program is no more. No use of the session.
   */
  still(request: FastifyRequest): Promise<Actor | null>
}

const createSessions = ({ config, db }: AuthenticatorOptions) => {
  const find = db.gathered<{ id_hash: string; quiet: boolean }, SessionRow>(
    'identity.session_actor',
  )
  const cookieName = sessionCookieOf(config)
  return async (request: FastifyRequest, quiet: boolean): Promise<Actor | null> => {
    const id = request.cookies[cookieName]
    if (id === undefined) return null
    demandOwnOrigin(request, config)
    if (!SESSION_ID.test(id)) return null
    const row = await find({ id_hash: digestOf(id), quiet })
    if (row.person === null) return null
    const { person, agency, roles, authenticated_at: authenticatedAt } = row
    return { kind: 'person', id: person, agency, roles, scopes: [], authenticatedAt }
  }
}

const createPrograms = ({ config, db, keys }: AuthenticatorOptions) => {
  const verify = createTokenVerifier(keys.tokens.publicJwk, config.publicUrl)
  const ask = db.gathered<
    { client: string; digest: string | null; good_until: number | null },
    ProgramRow
  >('identity.program_actor')

  const bound = async (
    request: FastifyRequest,
    token: string,
    { actor, jkt }: Verified,
    quiet: boolean,
  ): Promise<Actor | null> => {
    const asked = { method: request.method, url: `${config.publicUrl}${request.url}`, token }
    const proof = quiet ? null : await readProof(request.headers['dpop'], asked)
    if (!quiet && (proof === null || proof.jkt !== jkt)) throw tokenRefused('DPoP')
    const used = { digest: proof?.digest ?? null, good_until: proof?.goodUntil ?? null }
    const { fresh, scopes } = await ask({ client: actor.id, ...used })
    if (scopes === null) return null
    if (!fresh) throw tokenRefused('DPoP')
    return { ...actor, scopes: actor.scopes.filter((scope) => scopes.includes(scope)) }
  }

  return async (request: FastifyRequest, header: string, quiet: boolean) => {
    const [, scheme, token] = /^(Bearer|DPoP) ([^ ]+)$/i.exec(header) ?? []
    if (token === undefined) return null
    const verified = await verify(token)
    if (verified === null) return null
    // A bound token sent as a plain one would leave out its proof (RFC 9449 section 7.1).
    const isBound = scheme?.toLowerCase() === 'dpop'
    if (isBound !== (verified.jkt !== null)) {
      if (quiet) return null
      throw tokenRefused('DPoP')
    }
    return isBound ? await bound(request, token, verified, quiet) : verified.actor
  }
}

/** Makes the one judge of who asks. */
export const createAuthenticator = (options: AuthenticatorOptions): Authenticate => {
  const bySession = createSessions(options)
  const byToken = createPrograms(options)
  const judge = (request: FastifyRequest, quiet: boolean): Promise<Actor | null> => {
    const { authorization } = request.headers
    if (authorization !== undefined) return byToken(request, authorization, quiet)
    return bySession(request, quiet)
  }
  return Object.assign((request: FastifyRequest) => judge(request, false), {
    still: (request: FastifyRequest) => judge(request, true),
  })
}
