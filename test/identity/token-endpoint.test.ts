import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import t from 'tap'
import { identity } from '../../services/identity/service.ts'
import { createTokenSource } from '../../src/client/token.ts'
import { createClient } from '../../src/client/http.ts'
import { addressOf, asAdmin, newKey, newSystem, type TestSystem } from '../helpers/identity.ts'
import { startHub, type TestHub } from '../helpers/hub.ts'
import { boundHeaders, proofFor } from '../helpers/proof.ts'

const PUBLIC_URL = 'https://hub.example'
const ISSUER = `${PUBLIC_URL}/oidc`
const AUDIENCE = `${PUBLIC_URL}/v1`
const env = { PUBLIC_URL }
const now = () => Math.floor(Date.now() / 1000)

const assertion = async (
  system: TestSystem,
  changes: Record<string, unknown> = {},
  key = system.privateJwk,
): Promise<string> =>
  new SignJWT({
    iss: system.clientId,
    sub: system.clientId,
    aud: ISSUER,
    jti: randomUUID(),
    iat: now(),
    exp: now() + 60,
    ...changes,
  })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(await importJWK(key, 'ES256'))

interface TokenAnswer {
  readonly status: number
  readonly type: string | null
  readonly error?: string
  readonly access_token?: string
  readonly scope?: string
  readonly expires_in?: number
}

const ask = async (
  hub: TestHub,
  clientAssertion: string,
  form: Record<string, string> = {},
  headers?: Record<string, string>,
): Promise<TokenAnswer> => {
  const response = await fetch(`${addressOf(hub)}/oidc/token`, {
    method: 'POST',
    headers: headers ?? { dpop: await proofFor('', 'POST', `${ISSUER}/token`) },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'referrals:send',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: clientAssertion,
      ...form,
    }),
  })
  const body = (await response.json()) as Omit<TokenAnswer, 'status' | 'type'>
  return { ...body, status: response.status, type: response.headers.get('content-type') }
}

const me = (hub: TestHub, headers: Record<string, string>): Promise<Response> =>
  fetch(`${addressOf(hub)}/v1/me`, { headers })

const hub = await startHub(t, { services: [identity], env })
const system = await newSystem(hub, { scopes: ['referrals:send'] })

t.test('a program with its key gets a token of five minutes that works', async (t) => {
  const answer = await ask(hub, await assertion(system))
  t.match(answer, { status: 200, expires_in: 300, scope: 'referrals:send', token_type: 'DPoP' })
  const response = await me(
    hub,
    await boundHeaders(answer.access_token ?? '', 'GET', `${PUBLIC_URL}/v1/me`),
  )
  t.equal(response.status, 200)
  t.strictSame(await response.json(), {
    kind: 'system',
    id: system.clientId,
    agency: system.agency,
    roles: [],
    scopes: ['referrals:send'],
  })
})

t.test('what is no token of ours gets the problem not_signed_in', async (t) => {
  const { access_token: token } = await ask(hub, await assertion(system))
  const headers = [
    'Bearer ',
    'Bearer x.y.z',
    `Bearer ${token}`,
    `DPoP ${token}`,
    `Basic ${token}`,
    `Bearer ${token}=`,
    `Bearer ${token} a`,
  ]
  for (const header of headers) {
    const response = await me(hub, { authorization: header })
    t.equal(response.status, 401, header.slice(0, 12))
    t.match(await response.json(), { code: 'not_signed_in' })
  }
})

t.test('the audience of an assertion is the issuer, alone and as a string', async (t) => {
  const audiences: Record<string, string | string[]> = {
    'the token endpoint': `${ISSUER}/token`,
    'the address that was called': `${addressOf(hub)}/oidc/token`,
    'the issuer and another': [ISSUER, 'https://evil.example'],
    'the issuer in an array': [ISSUER],
    'another issuer': 'https://evil.example',
  }
  for (const [name, aud] of Object.entries(audiences)) {
    const answer = await ask(hub, await assertion(system, { aud }))
    t.match(answer, { status: 401, error: 'invalid_client', type: /application\/json/ }, name)
  }
})

t.test(
  'an assertion is refused when it is late, long-lived, nameless or not by this client',
  async (t) => {
    const other = await newSystem(hub)
    const cases = {
      expired: await assertion(system, { exp: now() - 60 }),
      'good for an hour': await assertion(system, { exp: now() + 3600 }),
      'without jti': await assertion(system, { jti: undefined }),
      'without exp': await assertion(system, { exp: undefined }),
      'signed by another': await assertion(system, {}, other.privateJwk),
      'issued by another': await assertion(system, { iss: other.clientId }),
      'of a client that does not exist': await assertion({ ...system, clientId: 'nobody-here' }),
      'by a key of no client': await assertion(system, {}, await newKey()),
    }
    for (const [name, text] of Object.entries(cases)) {
      t.match(await ask(hub, text), { status: 401, error: 'invalid_client' }, name)
    }
  },
)

t.test('without a proof of a key there is no token, and a proof is used once', async (t) => {
  const replica = await startHub(t, { services: [identity], env, like: hub })
  t.match(await ask(hub, await assertion(system), {}, {}), { status: 400, error: 'invalid_grant' })
  const broken = await proofFor('', 'POST', `${PUBLIC_URL}/token`)
  t.match(await ask(hub, await assertion(system), {}, { dpop: broken }), {
    status: 400,
    error: 'invalid_dpop_proof',
  })
  const dpop = await proofFor('', 'POST', `${ISSUER}/token`)
  t.match(await ask(hub, await assertion(system), {}, { dpop }), { status: 200 })
  t.match(await ask(replica, await assertion(system), {}, { dpop }), { status: 400 })
})

t.test('an assertion is used once, also by two processes at the same moment', async (t) => {
  const replica = await startHub(t, { services: [identity], env, like: hub })
  for (let round = 0; round < 5; round += 1) {
    const text = await assertion(system)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => ask(n % 2 === 0 ? hub : replica, text)),
    )
    const good = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(
      ({ status, error }) => status === 401 && error === 'invalid_client',
    )
    t.strictSame([good.length, refused.length], [1, 7])
  }
})

t.test('a client gets its own scopes and the hub as the audience, nothing else', async (t) => {
  const wide = await ask(hub, await assertion(system), { scope: 'referrals:send audit:read' })
  t.match(wide, { status: 400, error: 'invalid_scope' })
  const elsewhere = await ask(hub, await assertion(system), { resource: 'https://evil.example/v1' })
  t.match(elsewhere, { status: 400, error: 'invalid_target' })
  const named = await ask(hub, await assertion(system), { resource: AUDIENCE })
  t.equal(named.status, 200)
})

t.test('a client that was switched off gets no token', async (t) => {
  const client = await newSystem(hub)
  t.equal((await ask(hub, await assertion(client))).status, 200)
  await asAdmin(
    hub,
    (sql) => sql`update identity.client set active = false where id = ${client.clientId}`,
  )
  t.match(await ask(hub, await assertion(client)), { status: 401, error: 'invalid_client' })
})

t.test('only the endpoints that are used are there, under the public address', async (t) => {
  const get = (path: string) => fetch(`${addressOf(hub)}/oidc${path}`)
  const discovery = await get('/.well-known/oauth-authorization-server')
  t.match(await discovery.json(), {
    issuer: ISSUER,
    token_endpoint: `${ISSUER}/token`,
    pushed_authorization_request_endpoint: `${ISSUER}/request`,
    grant_types_supported: ['authorization_code', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256'],
    id_token_signing_alg_values_supported: ['ES256'],
    dpop_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
  })
  t.equal((await get('/.well-known/openid-configuration')).status, 200)
  const { keys } = (await (await get('/jwks')).json()) as { keys: Record<string, unknown>[] }
  t.equal(keys.length, 1)
  t.equal(keys[0]?.['d'], undefined, 'the private part stays here')
  for (const path of ['/me', '/reg', '/session/end', '/token/introspection', '/device']) {
    t.equal((await get(path)).status, 404, path)
  }
})

t.test('the client of partners: one token request in flight, and errors with a code', async (t) => {
  const near = await startHub(t, { services: [identity] })
  const partner = await newSystem(near, { scopes: ['referrals:send'] })
  const [first, second] = await Promise.all([partner.token(), partner.token()])
  t.equal(first, second)
  t.match(await partner.get('/v1/me'), { id: partner.clientId })
  await t.rejects(partner.get('/v1/absent'), { status: 404, code: 'not_found' })
  const source = (scopes: string[], issuer = `${near.config.publicUrl}/oidc`) =>
    createTokenSource({
      issuer,
      clientId: partner.clientId,
      privateJwk: partner.privateJwk,
      scopes,
    })
  await t.rejects(source(['audit:read'])(), { code: 'invalid_scope', status: 400 })
  await near.close()
  await t.rejects(source([])(), { code: 'unreachable', status: null })
  const gone = createClient({ baseUrl: near.config.publicUrl, token: partner.token })
  await t.rejects(gone.get('/v1/me'), { code: 'unreachable', status: null })
})
