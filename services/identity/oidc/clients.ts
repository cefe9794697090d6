import type { AdapterPayload, JWKS } from 'oidc-provider'
import type { Scope } from '../../../src/contracts/codes.ts'
import type { Db } from '../../../src/db.ts'

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
