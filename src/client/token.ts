import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT, type JWK } from 'jose'
import { createProofKey, type ProofKey } from './proof.ts'

export interface TokenSourceOptions {
  /** The hub's issuer: its address followed by `/oidc`. */
  readonly issuer: string
  readonly clientId: string
  /** The program's own P-256 key, whose public part the hub has. */
  readonly privateJwk: JWK
  readonly scopes: readonly string[]
}

export interface TokenSource {
  /** An access token that is good for at least 30 seconds, except when the hub's are shorter. */
  (): Promise<string>
  /** The headers of one request: the token, and the proof of the key that it is bound to. */
  headersFor(method: string, url: string): Promise<Readonly<Record<string, string>>>
}

/** A token source, or whatever else gives tokens: those are sent as they are. */
export type TokenGiver = (() => Promise<string>) & Partial<Pick<TokenSource, 'headersFor'>>

/** The headers by which one request shows a token. */
export const headersOf = async (
  giver: TokenGiver,
  method: string,
  url: string,
): Promise<Readonly<Record<string, string>>> =>
  giver.headersFor === undefined
    ? { authorization: `Bearer ${await giver()}` }
    : await giver.headersFor(method, url)

/** The hub gave no token; `code` is OAuth's (RFC 6749 section 5.2), or `unreachable`. */
export class TokenError extends Error {
  readonly code: string
  readonly status: number | null
  constructor(code: string, status: number | null, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TokenError'
    this.code = code
    this.status = status
  }
}

const ASSERTION_LIFE_S = 60
const RENEWED_BEFORE_S = 30
const TIMEOUT_MS = 10_000
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Token {
  readonly text: string
  /** Milliseconds since 1970. */
  readonly goodUntil: number
}

/** Proof that the caller holds the client's key (RFC 7523), for this issuer and one use. */
const assert = async (options: TokenSourceOptions): Promise<string> => {
  const { clientId, issuer, privateJwk } = options
  const key = await importJWK(privateJwk, 'ES256')
  const header = { alg: 'ES256', typ: 'client-authentication+jwt' }
  return await new SignJWT({})
    .setProtectedHeader(privateJwk.kid === undefined ? header : { ...header, kid: privateJwk.kid })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${ASSERTION_LIFE_S}s`)
    .sign(key)
}

const ask = async (options: TokenSourceOptions, key: ProofKey): Promise<Token> => {
  const url = `${options.issuer}/token`
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: options.scopes.join(' '),
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assert(options),
  })
  const dpop = await key.prove('POST', url)
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', dpop },
    body: form,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new TokenError('unreachable', null, 'the token endpoint did not answer', { cause })
  })
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  if (!response.ok || typeof body['access_token'] !== 'string') {
    const code = typeof body['error'] === 'string' ? body['error'] : 'invalid_answer'
    const text = body['error_description']
    throw new TokenError(
      code,
      response.status,
      `no access token: ${typeof text === 'string' ? text : code}`,
    )
  }
  const lifeS = typeof body['expires_in'] === 'number' ? body['expires_in'] : 0
  return { text: body['access_token'], goodUntil: Date.now() + (lifeS - RENEWED_BEFORE_S) * 1000 }
}

/**
 * Makes a source of access tokens for a program of an agency. A token is kept until 30 seconds
 * before its end; callers at the same moment share one request. Tokens are bound to a key that the
 * source makes for itself.
 * @throws TokenError by the source; the next call asks again
 */
export const createTokenSource = (options: TokenSourceOptions): TokenSource => {
  const key = createProofKey()
  let kept: Token | null = null
  let inFlight: Promise<Token> | null = null
  const give = async (): Promise<string> => {
    if (kept !== null && kept.goodUntil > Date.now()) return kept.text
    inFlight ??= ask(options, key).finally(() => {
      inFlight = null
    })
    kept = await inFlight
    return kept.text
  }
  return Object.assign(give, {
    headersFor: async (method: string, url: string) => {
      const token = await give()
      return { authorization: `DPoP ${token}`, dpop: await key.prove(method, url, token) }
    },
  })
}
