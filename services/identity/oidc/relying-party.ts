import type { JWTVerifyGetKey } from 'jose'
import * as oidc from 'openid-client'
import { isLoopback } from '../../../src/config.ts'
import { issuerOf } from '../../../src/contracts/token.ts'
import { createOutbound } from '../../../src/outbound.ts'
import type { App, Context } from '../../../src/service.ts'
import { isStorable } from '../../../src/storable.ts'
import type { LoginSecrets } from './login.ts'
import { keysAt } from './provider-keys.ts'
import { createSparing } from './sparing.ts'

/** Handle of the hub's own issuer. */
export const OWN = 'titian'
/** The hub's web side as a client of its own issuer. */
export const WEB_CLIENT = 'titian-web'
/** How long ago a person may have proved who they are when they come from their provider, in seconds. */
const MAX_AGE_S = 300
const MAX_SID = 255
const CONFIGURATION_LIFE_MS = 600_000

export const callbackOf = (publicUrl: string): string => `${publicUrl}/sign-in/callback`

/** How the hub's own issuer says by what a person proved who they are. */
export const ACR = { passkey: 'urn:titian:passkey', password: 'urn:titian:password' } as const

export interface Provider {
  readonly handle: string
  readonly issuer: string
  readonly client_id: string
}

export interface Arrival {
  readonly issuer: string
  readonly subject: string
  /** Seconds since 1970. */
  readonly authenticatedAt: number
  readonly acr: string | null
  /** What the issuer calls its session with the person; null when it does not say. */
  readonly sid: string | null
}

const ownFetch =
  (app: App, publicUrl: string): oidc.CustomFetch =>
  async (url, { method, headers, body }) => {
    const answer = await app.inject({
      method: method as 'GET' | 'POST',
      url: url.slice(publicUrl.length),
      headers,
      ...(body == null ? {} : { payload: String(body) }),
    })
    const kept = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
    return new Response(answer.body, {
      status: answer.statusCode,
      headers: kept as [string, string][],
    })
  }

const foreignFetch = ({ config }: Context): oidc.CustomFetch => {
  const outbound = createOutbound({ allowLoopback: config.outboundLoopback })
  return async (url, { method, headers, body }) => {
    const answer = await outbound.call({
      method: method === 'POST' ? 'POST' : 'GET',
      url,
      hosts: [new URL(url).hostname],
      headers,
      ...(body == null ? {} : { body: String(body) }),
    })
    const kept = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
    return new Response(answer.body, { status: answer.status, headers: kept as [string, string][] })
  }
}

/** A session's name at its issuer; one of another form, or that cannot be kept, is as none. */
export const sidOf = (sid: unknown): string | null =>
  typeof sid === 'string' && sid !== '' && sid.length <= MAX_SID && isStorable(sid) ? sid : null

export interface RelyingParty {
  /** Where to send the browser. @throws when the provider does not answer, or not as it must */
  begin(provider: Provider, secrets: LoginSecrets): Promise<URL>
  /** Who came back. @throws when the answer does not hold */
  finish(provider: Provider, url: URL, secrets: LoginSecrets): Promise<Arrival>
  /** The keys that verify what a provider signs. @throws when it does not answer */
  keysOf(provider: Provider): Promise<JWTVerifyGetKey>
}

/**
 * The hub's web side as a relying party of OpenID Connect: the same for its own issuer, which it
 * reaches without leaving the process, and for an agency's identity provider.
 */
export const createRelyingParty = (app: App, ctx: Context): RelyingParty => {
  const { config, keys } = ctx
  const fetchOwn = ownFetch(app, config.publicUrl)
  const fetchForeign = foreignFetch(ctx)
  const once = createSparing<oidc.Configuration>(ctx.now, CONFIGURATION_LIFE_MS)

  const ask = async ({ handle, issuer, client_id }: Provider) => {
    const url = new URL(issuer)
    const isPlain = url.protocol === 'http:' && (handle === OWN || isLoopback(url.hostname))
    const auth = oidc.PrivateKeyJwt({ key: keys.web.privateKey, kid: keys.web.kid })
    return await oidc.discovery(url, client_id, { require_auth_time: true }, auth, {
      [oidc.customFetch]: handle === OWN ? fetchOwn : fetchForeign,
      ...(isPlain ? { execute: [oidc.allowInsecureRequests] } : {}),
      timeout: 10,
    })
  }
  const discover = (provider: Provider) =>
    once(`${provider.handle}\n${provider.issuer}\n${provider.client_id}`, () => ask(provider))

  const keySets = new Map<string, JWTVerifyGetKey>()
  const keysOf = async (provider: Provider): Promise<JWTVerifyGetKey> => {
    const address = (await discover(provider)).serverMetadata().jwks_uri
    if (address === undefined) throw new Error('the provider names no keys')
    const known = keySets.get(address)
    if (known !== undefined) return known
    const set = keysAt(new URL(address), fetchForeign, ctx.now)
    keySets.set(address, set)
    return set
  }

  return {
    keysOf,
    begin: async (provider, { state, nonce, verifier }) => {
      const configuration = await discover(provider)
      const parameters = {
        redirect_uri: callbackOf(config.publicUrl),
        scope: 'openid',
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        // Devices are shared: whoever sits there now proves who they are.
        prompt: 'login',
        max_age: String(MAX_AGE_S),
        acr_values: Object.values(ACR).join(' '),
      }
      const takesPushed =
        configuration.serverMetadata().pushed_authorization_request_endpoint !== undefined
      return takesPushed
        ? await oidc.buildAuthorizationUrlWithPAR(configuration, parameters)
        : oidc.buildAuthorizationUrl(configuration, parameters)
    },
    finish: async (provider, url, { state, nonce, verifier }) => {
      const configuration = await discover(provider)
      const isBound =
        configuration.serverMetadata().dpop_signing_alg_values_supported?.includes('ES256') === true
      const pair = await oidc.randomDPoPKeyPair('ES256')
      const tokens = await oidc.authorizationCodeGrant(
        configuration,
        url,
        {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
          maxAge: MAX_AGE_S,
        },
        undefined,
        isBound ? { DPoP: oidc.getDPoPHandle(configuration, pair) } : undefined,
      )
      const claims = tokens.claims()
      if (claims?.auth_time === undefined) throw new Error('the ID token does not say when')
      return {
        issuer: provider.issuer,
        subject: claims.sub,
        authenticatedAt: claims.auth_time,
        acr: typeof claims['acr'] === 'string' ? claims['acr'] : null,
        sid: sidOf(claims['sid']),
      }
    },
  }
}

/** The provider of a handle; the hub's own issuer for none. Null for one that is not known. */
export const findProvider = async (ctx: Context, handle: string): Promise<Provider | null> => {
  if (handle === OWN) {
    return { handle, issuer: issuerOf(ctx.config.publicUrl), client_id: WEB_CLIENT }
  }
  const [row] = await ctx.db.call<{ [Name in keyof Provider]: string | null }>(
    'identity.find_providers',
    [{ handle }],
  )
  return row?.issuer == null ? null : (row as Provider)
}
