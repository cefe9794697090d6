import type { EventEmitter } from 'node:events'
import type { Configuration, KoaContextWithOIDC, Provider as ProviderType } from 'oidc-provider'
import { InvalidClientAuth, InvalidTarget } from 'oidc-provider/lib/helpers/errors.js'
import { Provider } from 'oidc-provider/lib/provider.js'
import { SCOPES } from '../../../src/contracts/codes.ts'
import { ACCESS_TOKEN_TTL_S, audienceOf, issuerOf } from '../../../src/contracts/token.ts'
import type { Context } from '../../../src/service.ts'
import { adapterOf } from './adapter.ts'
import { ACR, WEB_CLIENT } from './relying-party.ts'

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

/** Lives, in seconds: of what is handed on at once, and of a sign-in from its beginning to its end. */
const MOMENT_S = 60
const SIGN_IN_S = 600

/** The hub asks nobody whether its own web side may know who signed in. */
const grantOf: NonNullable<Configuration['loadExistingGrant']> = async (koa) => {
  const { client, session, provider } = koa.oidc
  if (client?.clientId !== WEB_CLIENT || session?.accountId === undefined) return undefined
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid')
  await grant.save()
  return grant
}

const off = { enabled: false } as const

const featuresOf = (ctx: Context): NonNullable<Configuration['features']> => ({
  clientCredentials: { enabled: true },
  resourceIndicators: {
    enabled: true,
    // The web side asks who somebody is, and gets no token for the API.
    defaultResource: (_ctx, client) =>
      client?.clientId === WEB_CLIENT ? [] : audienceOf(ctx.config.publicUrl),
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx, resource, client) => {
      const isOurs = resource === audienceOf(ctx.config.publicUrl)
      if (!isOurs || client.clientId === WEB_CLIENT) throw new InvalidTarget()
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
  pushedAuthorizationRequests: { enabled: true },
  rpInitiatedLogout: off,
  userinfo: off,
})

const configurationOf = (ctx: Context): Configuration => ({
  adapter: (model: string) => adapterOf(ctx, model),
  jwks: { keys: [ctx.keys.tokens.privateJwk] },
  cookies: { keys: [ctx.keys.derive('oidc-cookies').toString('base64url')] },
  features: featuresOf(ctx),
  clientAuthMethods: ['private_key_jwt'],
  // Only scopes listed here are checked against what a client may ask.
  scopes: ['openid', ...SCOPES],
  acrValues: Object.values(ACR),
  responseTypes: ['code'],
  interactions: { url: (_ctx, { uid }) => `${ctx.config.publicUrl}/sign-in/with/${uid}` },
  loadExistingGrant: grantOf,
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  enabledJWA: {
    clientAuthSigningAlgValues: ['ES256'],
    idTokenSigningAlgValues: ['ES256'],
    dPoPSigningAlgValues: ['ES256'],
  },
  extraClientMetadata: { properties: ['agency'] },
  extraTokenClaims: (_ctx, token) => {
    const agency = token.client?.['agency']
    return typeof agency === 'string' ? { agency } : undefined
  },
  assertJwtClientAuthClaimsAndHeader: checkAssertion,
  clockTolerance: CLOCK_TOLERANCE_S,
  ttl: {
    ClientCredentials: ACCESS_TOKEN_TTL_S,
    AccessToken: MOMENT_S,
    AuthorizationCode: MOMENT_S,
    PushedAuthorizationRequest: MOMENT_S,
    IdToken: ACCESS_TOKEN_TTL_S,
    Interaction: SIGN_IN_S,
    Session: SIGN_IN_S,
    Grant: SIGN_IN_S,
  },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  // Where a browser is led by itself; programs get their errors elsewhere.
  renderError: (koa) => {
    koa.redirect(`${ctx.config.publicUrl}/sign-in/failed`)
  },
})

/** The hub's own issuer: access tokens for programs, and who a person is for the hub's web side. */
const createProvider = (ctx: Context): ProviderType => {
  const provider = new Provider(issuerOf(ctx.config.publicUrl), configurationOf(ctx))
  // The route sets the forwarded headers from PUBLIC_URL; those of the request never get here.
  provider.proxy = true
  provider.on('server_error', (_koa, error) =>
    ctx.log.error({ err: error }, 'token endpoint failed'),
  )
  // Koa's own event, which its types leave out; without a listener it prints to the terminal.
  const broken: EventEmitter = provider
  broken.on('error', (error) => ctx.log.warn({ err: error }, 'token endpoint broke off'))
  return provider
}

const made = new WeakMap<Context, ProviderType>()

/** The issuer of a process, the same for every route. */
export const providerOf = (ctx: Context): ProviderType => {
  const known = made.get(ctx) ?? createProvider(ctx)
  made.set(ctx, known)
  return known
}
