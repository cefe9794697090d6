// An identity provider of an agency, in a process of its own: whoever names themselves is signed in.
// Started by fork(); hears one message with its settings, answers 'ready'.
import { createServer } from 'node:http'
import type { JWK } from 'jose'
import { Provider } from 'oidc-provider/lib/provider.js'

export interface ForeignOptions {
  readonly port: number
  readonly clientId: string
  readonly redirectUri: string
  readonly jwks: { readonly keys: object[] }
  /** Its own private key, which the test knows too. */
  readonly signing: { readonly keys: JWK[] }
  /** Where it says that somebody has signed out. */
  readonly logoutUri: string
}

const withoutDispatcher = (options: RequestInit & { readonly dispatcher?: unknown } = {}) => {
  const { dispatcher: _dispatcher, ...init } = options
  return init
}

const pageOf = (uid: string): string =>
  `<form method="post" action="/interaction/${uid}"><input name="who"><button>Enter</button></form>`

const serve = ({ port, clientId, redirectUri, jwks, signing, logoutUri }: ForeignOptions): void => {
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'private_key_jwt',
        redirect_uris: [redirectUri],
        jwks,
        id_token_signed_response_alg: 'ES256',
        backchannel_logout_uri: logoutUri,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: signing,
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['only for this test'] },
    // Its own way out refuses loopback, where this hub is.
    fetch: (url, options) => fetch(url, withoutDispatcher(options)),
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    loadExistingGrant: async ({ oidc }) => {
      const accountId = oidc.session?.accountId
      if (accountId === undefined) return undefined
      const grant = new oidc.provider.Grant({ clientId, accountId })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
  })
  const handle = provider.callback()
  createServer((request, response) => {
    const [, uid] = /^\/interaction\/([\w-]+)$/.exec(request.url ?? '') ?? []
    if (uid === undefined) return void handle(request, response)
    if (request.method === 'GET') {
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(pageOf(uid))
    }
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const accountId = new URLSearchParams(body).get('who') ?? ''
      void provider.interactionFinished(request, response, { login: { accountId } })
    })
  }).listen(port, '127.0.0.1', () => process.send?.('ready'))
}

process.once('message', (options: ForeignOptions) => serve(options))
process.on('disconnect', () => process.exit())
