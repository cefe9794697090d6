import postgres from 'postgres'
import t from 'tap'
import { WebSocket } from 'ws'
import { identity } from '../../services/identity/service.ts'
import { newId } from '../../src/id.ts'
import type { Service } from '../../src/service.ts'
import { startHub } from '../helpers/hub.ts'
import { addressOf, asAdmin, newPerson, newSystem, signIn } from '../helpers/identity.ts'

/** A service under another database role, with a change and a WebSocket to knock at. */
const door: Service = {
  name: 'notifications',
  routes: [
    (app) => {
      const config = { authority: 'self.read' } as const
      app.post('/v1/door', { config }, (request) => ({ id: request.actor.id }))
      app.get('/v1/door', { config, websocket: true }, (socket, request) => {
        socket.send(request.actor.id)
        socket.close()
      })
    },
  ],
  consumers: [],
  jobs: [],
  problems: {},
  refused: 'identity.person.sign_in_refused.v1',
}

const hub = await startHub(t, { services: [identity, door] })
const base = addressOf(hub)
const origin = hub.config.publicUrl

const me = async (cookie: string): Promise<number> => {
  const response = await fetch(`${base}/v1/me`, { headers: { cookie } })
  await response.text()
  return response.status
}

/** The token in the forms of the front page, as the browser with this session is given it. */
const csrfOf = async (cookie: string, path = '/'): Promise<string> => {
  const page = await (await fetch(`${base}${path}`, { headers: { cookie } })).text()
  return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
}

/** Moves what is stored of the sessions of one person back in time. */
const age = (
  person: string,
  column: 'used_at' | 'created_at',
  interval: string,
): Promise<unknown> =>
  asAdmin(
    hub,
    (sql) => sql`update identity.session set ${sql(column)} = now() - ${interval}::interval
      where person = ${person}`,
  )

t.test('a session ends after ten idle minutes, twelve hours, or with its person', async (t) => {
  const person = await newPerson(hub)
  const idle = await signIn(hub, person)
  await age(person.id, 'used_at', '9 minutes')
  t.equal(await me(idle), 200)
  const used = await asAdmin(
    hub,
    (sql) => sql`select 1 from identity.session
      where person = ${person.id} and used_at > now() - interval '1 minute'`,
  )
  t.equal(used.length, 1, 'the use was written down')
  await age(person.id, 'used_at', '10 minutes')
  t.equal(await me(idle), 401)

  const old = await signIn(hub, person)
  await age(person.id, 'created_at', '719 minutes')
  t.equal(await me(old), 200)
  await age(person.id, 'created_at', '12 hours')
  t.equal(await me(old), 401)

  const dismissed = await signIn(hub, person)
  t.equal(await me(dismissed), 200)
  await asAdmin(
    hub,
    (sql) => sql`update identity.person set active = false where id = ${person.id}`,
  )
  t.equal(await me(dismissed), 401)
})

t.test('a cookie that is no session is nobody', async (t) => {
  for (const value of ['', 'x', 'A'.repeat(43), `${'A'.repeat(43)}=`]) {
    t.equal(await me(`titian=${value}`), 401)
  }
  const session = await signIn(hub, await newPerson(hub))
  const both = { cookie: session, authorization: 'Bearer broken' }
  t.equal((await fetch(`${base}/v1/me`, { headers: both })).status, 401, 'the header decides alone')
})

t.test('a change by cookie must come from a page of the hub', async (t) => {
  const person = await newPerson(hub)
  const cookie = await signIn(hub, person)
  const post = (headers: Record<string, string>) =>
    fetch(`${base}/v1/door`, { method: 'POST', headers: { cookie, ...headers } })
  t.match(await (await post({ origin })).json(), { id: person.id })
  for (const headers of [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: `${origin}.evil.example` },
  ]) {
    const response = await post(headers)
    t.equal(response.status, 403, JSON.stringify(headers))
    t.match(await response.json(), { code: 'foreign_origin' })
  }
  const system = await newSystem(hub, { agency: newId() })
  const headers = await system.token.headersFor('POST', `${base}/v1/door`)
  const response = await fetch(`${base}/v1/door`, { method: 'POST', headers })
  t.match(await response.json(), { id: system.clientId }, 'a token needs no origin')
})

/** What a WebSocket to the door hears first: an id, or the status of the refusal. */
const knock = (headers: Record<string, string>): Promise<string> =>
  new Promise((done, fail) => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/door`, { headers })
    socket.on('message', (data: Buffer) => done(data.toString()))
    socket.on('unexpected-response', (_request, response) => {
      response.resume()
      done(String(response.statusCode))
    })
    socket.on('error', fail)
  })

t.test('a WebSocket is opened by token, or by cookie from a page of the hub', async (t) => {
  const person = await newPerson(hub)
  const cookie = await signIn(hub, person)
  t.equal(await knock({ cookie, origin }), person.id)
  t.equal(await knock({ cookie }), '403')
  t.equal(await knock({ cookie, origin: 'https://evil.example' }), '403')
  t.equal(await knock({ origin }), '401')
  const system = await newSystem(hub)
  t.equal(await knock(await system.token.headersFor('GET', `${base}/v1/door`)), system.clientId)
})

t.test('signing out ends the session here and in the hub', async (t) => {
  const person = await newPerson(hub)
  const cookie = await signIn(hub, person)
  const csrf = await csrfOf(cookie)
  const leave = (headers: Record<string, string>, token = csrf) =>
    fetch(`${base}/sign-out`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams({ csrf: token }),
    })
  t.equal((await leave({ cookie, origin: 'https://evil.example' })).status, 403)
  const bare = await leave({ origin: 'https://evil.example' })
  t.equal(bare.status, 403, 'nor without the cookie, which the answer would take away')
  t.same(bare.headers.getSetCookie(), [])
  t.equal((await leave({ cookie, origin }, '')).status, 403, 'without the token of the form')
  const stranger = await csrfOf(await signIn(hub, await newPerson(hub)))
  const refused = await leave({ cookie, origin }, stranger)
  t.match(await refused.json(), { code: 'form_outdated' }, 'with the token of another session')
  t.equal(await me(cookie), 200)
  const response = await leave({ cookie, origin })
  t.equal(response.status, 303)
  t.match(response.headers.getSetCookie()[0], /^titian=; .*Expires=Thu, 01 Jan 1970/)
  t.equal(await me(cookie), 401)
  t.equal((await leave({ cookie, origin })).status, 303, 'again')
  const entries = await asAdmin(
    hub,
    (sql) => sql<{ type: string }[]>`
      select type from journal.entry where actor = ${person.id} order by seq`,
  )
  t.strictSame(
    entries.map(({ type }) => type),
    ['identity.person.signed_in.v1', 'identity.person.signed_out.v1'],
  )
})

t.test('the tables are closed: each role gets what its work needs', async (t) => {
  const person = await newPerson(hub)
  const as = async (role: string, work: (sql: postgres.Sql) => Promise<unknown>) => {
    const sql = postgres(hub.database.urlOf(role), { max: 1 })
    try {
      return await work(sql)
    } finally {
      await sql.end()
    }
  }
  const denied = { code: '42501' }
  await t.rejects(
    as('titian_referrals', (sql) => sql`select 1 from identity.person`),
    denied,
  )
  await t.rejects(
    as('titian_identity', (sql) => sql`select 1 from identity.session`),
    denied,
  )
  await t.rejects(
    as('titian_identity', (sql) => sql`select 1 from identity.sign_in_link`),
    denied,
  )
  for (const verb of [
    'register_people',
    'register_clients',
    'make_sign_in_links',
    'find_clients',
  ]) {
    const call = as('titian_referrals', (sql) => sql`select identity.${sql(verb)}('[]'::jsonb)`)
    await t.rejects(call, denied, verb)
  }
  const seen = (agency: string) =>
    as('titian_identity', (sql) =>
      sql.begin(async (tx) => {
        await tx`select set_config('app.agency', ${agency}, true)`
        const rows = await tx`select id from identity.person where id = ${person.id}`
        return rows.length
      }),
    )
  t.equal(await seen(''), 0, 'outside an agency')
  t.equal(await seen(`{${newId()}}`), 0, 'from another agency')
  t.equal(await seen(`{${person.agency}}`), 1)
})
