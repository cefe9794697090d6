import type { AdapterPayload, JWKS } from 'oidc-provider'
import type { Scope } from '../../../src/contracts/codes.ts'
import type { Db } from '../../../src/db.ts'
import type { Context } from '../../../src/service.ts'
import { callbackOf, WEB_CLIENT } from './relying-party.ts'

/** A program of an agency, as the token endpoint knows it. */
export interface Client {
  readonly id: string
  readonly agency: string
  readonly jwks: JWKS
  readonly scopes: readonly Scope[]
}

/** An active client, or null. */
export const findClient = async (db: Db, id: string): Promise<Client | null> => {
  const [row] = await db.call<Partial<Client>>('identity.find_clients', [{ id }])
  return row?.id == null ? null : (row as Client)
}

/** The hub's own web side: code flow alone, with pushed requests and bound tokens (FAPI 2.0). */
export const webClientMetadata = ({ config, keys }: Context): AdapterPayload => ({
  client_id: WEB_CLIENT,
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  require_pushed_authorization_requests: true,
  dpop_bound_access_tokens: true,
  require_auth_time: true,
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: [callbackOf(config.publicUrl)],
  jwks: { keys: [keys.web.publicJwk] },
  scope: 'openid',
})

/** The client in the terms of RFC 7591: its own key, one grant, its own scopes. */
export const clientMetadata = (client: Client): AdapterPayload => ({
  client_id: client.id,
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  dpop_bound_access_tokens: true,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  jwks: client.jwks,
  scope: client.scopes.join(' '),
  agency: client.agency,
})
