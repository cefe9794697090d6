// Goal: people of an agency that has an identity provider come in by it, and by nothing else.
// Method: a second, independent issuer in a process of its own; a browser without scripts walks it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { makeInvitation } from '../../services/identity/registry.ts'
import { identity } from '../../services/identity/service.ts'
import { freePort } from '../../src/embedded/port.ts'
import { newId } from '../../src/id.ts'
import { enter, newAccount, PASSWORD } from '../helpers/account.ts'
import { forge, respelled } from '../helpers/handoff.ts'
import { startHub } from '../helpers/hub.ts'
import { addressOf, asAdmin, newKey, newPerson } from '../helpers/identity.ts'
import { createVisitor, type Visitor } from '../helpers/visitor.ts'

const hub = await startHub(t, { services: [identity], env: { OUTBOUND_LOOPBACK: 'on' } })
const base = addressOf(hub)
const port = await freePort()
const ISSUER = `http://127.0.0.1:${port}`
const issuerKey = await newKey()
const LOGOUT = '/sign-in/backchannel-logout'
const agency = newId()

const child = fork(join(import.meta.dirname, '..', 'helpers', 'foreign-issuer.ts'), {
  execArgv: ['--import', 'tsx'],
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
})
t.teardown(() => child.kill())
child.send({
  port,
  clientId: 'titian-hub',
  redirectUri: `${hub.config.publicUrl}/sign-in/callback`,
  jwks: await (await fetch(`${base}/sign-in/jwks.json`)).json(),
  signing: { keys: [{ ...issuerKey, alg: 'ES256', use: 'sig' }] },
  logoutUri: `${base}${LOGOUT}`,
})
await once(child, 'message')

const before = await newPerson(hub, { agency })
const earlier = await newAccount(hub, before)
await asAdmin(
  hub,
  (sql) => sql`insert into identity.provider (agency, handle, issuer, client_id)
    values (${agency}, 'contoh', ${ISSUER}, 'titian-hub')`,
)

/** Signs in at the agency's page as `who`, wherever the visitor was led. */
const enterThere = async (visitor: Visitor, path: string, who: string) => {
  const page = await visitor.get(path)
  t.equal(new URL(page.url).origin, ISSUER, 'the agency asks')
  return await visitor.post({ who }, new URL(page.url).href)
}

const me = async (visitor: Visitor) => JSON.parse((await visitor.get('/v1/me')).html)

t.test(
  'an invitation is redeemed at the agency’s own issuer, and then a sign-in is enough',
  async (t) => {
    const person = await newPerson(hub, { agency })
    const visitor = createVisitor(base)
    const stranger = await enterThere(createVisitor(base), '/sign-in?provider=contoh', 'sari')
    t.match(stranger.url, '/sign-in/failed?why=invitation')
    t.match(stranger.html, 'hanya untuk yang diundang', 'nobody is made by signing in')

    const path = await asAdmin(hub, (sql) => makeInvitation(sql, person.id, 'test'))
    const invitation = await visitor.get(path)
    t.notMatch(invitation.html, 'name="password"')
    const [, link = ''] = /href="(\/sign-in\?provider=contoh[^"]+)"/.exec(invitation.html) ?? []
    await enterThere(visitor, link.replaceAll('&amp;', '&'), 'sari')
    t.match(await me(visitor), { id: person.id, agency })

    const later = createVisitor(base)
    await enterThere(later, '/sign-in?provider=contoh', 'sari')
    t.match(await me(later), { id: person.id })
    const used = await enterThere(createVisitor(base), link.replaceAll('&amp;', '&'), 'budi')
    t.match(used.url, 'why=invitation', 'the invitation is good once')
    const [session] = await asAdmin(
      hub,
      (sql) => sql`select method from identity.session where person = ${person.id} limit 1`,
    )
    t.match(session, { method: 'provider' })
  },
)

t.test('the code of the agency leads there, another code nowhere', async (t) => {
  const visitor = createVisitor(base)
  const found = await visitor.get('/sign-in/agency?code=Contoh')
  t.match(found.html, `127.0.0.1:${port}`)
  t.match((await visitor.get('/sign-in/agency?code=nobody')).html, 'tidak dikenal')
  t.match((await visitor.get('/sign-in?provider=nobody')).html, 'tidak dikenal')
})

t.test('accounts of that agency at the hub are off', async (t) => {
  const visit = await enter(createVisitor(base), {
    login: earlier.login,
    password: PASSWORD,
    code: earlier.code(),
  })
  t.equal(visit.status, 403)
})

t.test('proving again goes to the agency too', async (t) => {
  const visitor = createVisitor(base)
  await enterThere(visitor, '/sign-in?provider=contoh', 'sari')
  const back = await enterThere(visitor, '/sign-in/again?return_to=/v1/me', 'sari')
  t.equal(new URL(back.url).href, `${base}/v1/me`)
  t.equal(back.status, 200)
})

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Of a moment ago: tokens tell whole seconds, and who signs in after it is not who signed out. */
const logoutClaims = (more: object = {}) => {
  const iat = Math.floor(Date.now() / 1000) - 2
  const events = { [EVENT]: {} }
  return { iss: ISSUER, aud: 'titian-hub', iat, exp: iat + 120, jti: newId(), events, ...more }
}
const logoutHead = (more: object = {}) => ({
  alg: 'ES256',
  kid: issuerKey.kid,
  typ: 'logout+jwt',
  ...more,
})
const signOff = async (token: string, to = base) => {
  const response = await fetch(`${to}${LOGOUT}`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  })
  return { status: response.status, body: await response.json() }
}
const tokenOf = (claims: object, head: object = {}) =>
  forge(logoutHead(head), claims, { privateJwk: issuerKey })

t.test('whoever signs out at the agency is out here too', async (t) => {
  const [here, there] = [createVisitor(base), createVisitor(base)]
  for (const visitor of [here, there]) {
    await enterThere(visitor, '/sign-in?provider=contoh', 'sari')
    t.match(await me(visitor), { agency })
  }
  const page = await here.get(`${ISSUER}/session/end`)
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.html) ?? []
  const left = await here.post({ xsrf, logout: 'yes' }, `${ISSUER}/session/end/confirm`)
  t.equal(left.status, 200)
  t.equal((await here.get('/v1/me')).status, 401, 'the session that ended there')
  t.match(await me(there), { agency }, 'another device is another session (sid)')
  const [entry] = await asAdmin(
    hub,
    (sql) => sql`select agency, actor, data from journal.entry
      where type = 'identity.sessions.ended.v1' order by seq desc limit 1`,
  )
  t.match(entry, { agency, actor: 'hub', data: { ended: 1, by: 'provider' } })
  t.equal((await signOff(tokenOf(logoutClaims({ sub: 'sari' })))).status, 200)
  t.equal((await there.get('/v1/me')).status, 401, 'a subject alone: every session')
})

t.test('a logout token that does not hold ends nothing', async (t) => {
  const replica = await startHub(t, {
    services: [identity],
    like: hub,
    env: { PUBLIC_URL: hub.config.publicUrl, OUTBOUND_LOOPBACK: 'on' },
  })
  const visitor = createVisitor(base)
  await enterThere(visitor, '/sign-in?provider=contoh', 'sari')
  const claims = logoutClaims({ sub: 'sari' })
  const { iat } = claims
  const other = await newKey()
  const good = tokenOf(claims)
  const wrong: Record<string, string> = {
    'no algorithm': `${tokenOf(claims, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
    'a shared secret': tokenOf(claims, { alg: 'HS256' }),
    'another algorithm': tokenOf(claims, { alg: 'ES384' }),
    'another typ': tokenOf(claims, { typ: 'at+jwt' }),
    'a key of its own': tokenOf(claims, { jwk: other }),
    'a key address': tokenOf(claims, { jku: 'https://a.example' }),
    'an order to understand': tokenOf(claims, { crit: ['x'], x: 1 }),
    'another key': forge(logoutHead(), claims, { privateJwk: other }),
    'a key that is not known': forge(logoutHead({ kid: other.kid }), claims, { privateJwk: other }),
    'no signature': good.replace(/\.[^.]*$/, '.'),
    'another spelling': respelled(good),
    'another issuer': tokenOf({ ...claims, iss: 'https://other.example' }),
    'the hub itself': tokenOf({ ...claims, iss: hub.config.publicUrl }),
    'another client': tokenOf({ ...claims, aud: 'somebody' }),
    'two clients': tokenOf({ ...claims, aud: ['titian-hub', 'somebody'] }),
    'no client': tokenOf({ ...claims, aud: undefined }),
    'long ago': tokenOf({ ...claims, iat: iat - 400, exp: iat + 60 }),
    'to come': tokenOf({ ...claims, iat: iat + 120 }),
    'no time': tokenOf({ ...claims, iat: undefined }),
    ended: tokenOf({ ...claims, exp: iat - 60 }),
    'no end': tokenOf({ ...claims, exp: undefined }),
    'no name': tokenOf({ ...claims, jti: undefined }),
    'no event': tokenOf({ ...claims, events: undefined }),
    'another event': tokenOf({ ...claims, events: { other: {} } }),
    'an event that is none': tokenOf({ ...claims, events: { [EVENT]: true } }),
    'a nonce: an ID token': tokenOf({ ...claims, nonce: 'x' }),
    nobody: tokenOf({ ...claims, sub: undefined }),
    'a subject that is none': tokenOf({ ...claims, sub: 7 }),
    'a session that is none': tokenOf({ ...claims, sid: {} }),
    'a name that cannot be kept': tokenOf({ ...claims, sub: 'a\u0000b' }),
    'an issuer that cannot be kept': tokenOf({ ...claims, iss: 'a\ud800' }),
    'no JSON': tokenOf('x' as unknown as object),
  }
  for (const [what, token] of Object.entries(wrong)) {
    const answer = await signOff(token)
    t.same(answer, { status: 400, body: { error: 'invalid_request' } }, what)
  }
  for (const padded of [`${good}==`, good.replace('.', '=.')]) {
    t.equal((await signOff(padded)).status, 400, 'padding')
  }
  t.equal((await signOff('no token!')).status, 400)
  const strange = tokenOf(logoutClaims({ sub: 'sari', sid: 'another-session' }))
  t.equal((await signOff(strange)).status, 200, 'nothing to end is no failure')
  t.match(await me(visitor), { agency }, 'still in')
  t.equal((await signOff(good, addressOf(replica))).status, 200)
  t.equal((await visitor.get('/v1/me')).status, 401, 'in every process')
  await enterThere(visitor, '/sign-in?provider=contoh', 'sari')
  t.equal((await signOff(good)).status, 400, 'a token is good once, whichever process it came to')
  t.match(await me(visitor), { agency })
})

t.test('an issuer that is away is told of, and nobody is let in', async (t) => {
  child.kill()
  await once(child, 'exit')
  await asAdmin(hub, (sql) => sql`update identity.provider set client_id = 'titian-hub-2'`)
  const visit = await createVisitor(base).get('/sign-in?provider=contoh')
  t.equal(visit.status, 502)
  t.match(visit.html, 'tidak menjawab')
})
