import type { EventEmitter } from 'node:events'
import type { Configuration, KoaContextWithOIDC, Provider as ProviderType } from 'oidc-provider'
import { InvalidClientAuth, InvalidTarget } from 'oidc-provider/lib/helpers/errors.js'
import { Provider } from 'oidc-provider/lib/provider.js'
import { SCOPES } from '../../../src/contracts/codes.ts'
import { ACCESS_TOKEN_TTL_S, audienceOf, issuerOf } from '../../../src/contracts/token.ts'
import type { Context } from '../../../src/service.ts'
import { adapterOf } from './adapter.ts'

/** Longest life of a client assertion, in seconds; its identifier is remembered that long. */
const ASSERTION_LIFE_S = 300
const CLOCK_TOLERANCE_S = 5

/**
 * The audience is the issuer, alone and as a string: an assertion that also fits another server
 * could be played there, or come from there (draft-ietf-oauth-rfc7523bis). The profile demands the
 * same; this stands if it is ever changed.
 */
const checkAssertion = (ctx: KoaContextWithOIDC, claims: Record<string, unknown>): void => {
  if (claims['aud'] !== ctx.oidc.issuer) {
    throw new InvalidClientAuth('audience (aud) must be the issuer identifier, as a string')
  }
  const latest = Date.now() / 1000 + ASSERTION_LIFE_S + CLOCK_TOLERANCE_S
  if (typeof claims['exp'] !== 'number' || claims['exp'] > latest) {
    throw new InvalidClientAuth(`expiration (exp) must be within ${ASSERTION_LIFE_S} seconds`)
  }
}

const off = { enabled: false } as const

const featuresOf = (ctx: Context): NonNullable<Configuration['features']> => ({
  clientCredentials: { enabled: true },
  resourceIndicators: {
    enabled: true,
    defaultResource: () => audienceOf(ctx.config.publicUrl),
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx, resource, client) => {
      if (resource !== audienceOf(ctx.config.publicUrl)) throw new InvalidTarget()
      return {
        scope: client.scope ?? '',
        audience: resource,
        accessTokenTTL: ACCESS_TOKEN_TTL_S,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }
    },
  },
  claimsParameter: off,
  devInteractions: off,
  dPoP: { enabled: true },
  fapi: { enabled: true, profile: '2.0' },
  pushedAuthorizationRequests: off,
  rpInitiatedLogout: off,
  userinfo: off,
})

const configurationOf = (ctx: Context): Configuration => ({
  adapter: (model: string) => adapterOf(ctx.db, model),
  jwks: { keys: [ctx.keys.tokens.privateJwk] },
  cookies: { keys: [ctx.keys.derive('oidc-cookies').toString('base64url')] },
  features: featuresOf(ctx),
  clientAuthMethods: ['private_key_jwt'],
  // Only scopes listed here are checked against what a client may ask.
  scopes: [...SCOPES],
  responseTypes: ['none'],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  enabledJWA: {
    clientAuthSigningAlgValues: ['ES256'],
    idTokenSigningAlgValues: ['ES256'],
    dPoPSigningAlgValues: ['ES256'],
  },
  extraClientMetadata: { properties: ['agency'] },
  extraTokenClaims: (_ctx, token) => ({ agency: token.client?.['agency'] as string }),
  assertJwtClientAuthClaimsAndHeader: checkAssertion,
  clockTolerance: CLOCK_TOLERANCE_S,
  ttl: { ClientCredentials: ACCESS_TOKEN_TTL_S },
  findAccount: () => undefined,
  renderError: (koa, out) => {
    koa.type = 'application/json'
    koa.body = out
  },
})

/** Members of the discovery document about flows in which a browser would take part: there are none. */
const BROWSER_FLOWS = [
  'authorization_endpoint',
  'authorization_response_iss_parameter_supported',
  'claim_types_supported',
  'claims_parameter_supported',
  'claims_supported',
  'code_challenge_methods_supported',
  'id_token_signing_alg_values_supported',
  'response_modes_supported',
  'request_uri_parameter_supported',
  'subject_types_supported',
] as const

/** The hub's own issuer of access tokens (RFC 6749 client credentials, RFC 7523, RFC 9068). */
export const createProvider = (ctx: Context): ProviderType => {
  const provider = new Provider(issuerOf(ctx.config.publicUrl), configurationOf(ctx))
  // The route sets the forwarded headers from PUBLIC_URL; those of the request never get here.
  provider.proxy = true
  provider.use(async (koa, next) => {
    await next()
    if ((koa['oidc'] as { route?: string } | undefined)?.route !== 'discovery') return
    const body = koa.body as Record<string, unknown>
    for (const member of BROWSER_FLOWS) delete body[member]
    body['response_types_supported'] = []
    body['scopes_supported'] = [...SCOPES]
  })
  provider.on('server_error', (_koa, error) =>
    ctx.log.error({ err: error }, 'token endpoint failed'),
  )
  // Koa's own event, which its types leave out; without a listener it prints to the terminal.
  const broken: EventEmitter = provider
  broken.on('error', (error) => ctx.log.warn({ err: error }, 'token endpoint broke off'))
  return provider
}
