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
import { startHub } from '../helpers/hub.ts'
import { addressOf, asAdmin, newPerson } from '../helpers/identity.ts'
import { createVisitor, type Visitor } from '../helpers/visitor.ts'

const hub = await startHub(t, { services: [identity], env: { OUTBOUND_LOOPBACK: 'on' } })
const base = addressOf(hub)
const port = await freePort()
const ISSUER = `http://127.0.0.1:${port}`
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

t.test('an issuer that is away is told of, and nobody is let in', async (t) => {
  child.kill()
  await once(child, 'exit')
  await asAdmin(hub, (sql) => sql`update identity.provider set client_id = 'titian-hub-2'`)
  const visit = await createVisitor(base).get('/sign-in?provider=contoh')
  t.equal(visit.status, 502)
  t.match(visit.html, 'tidak menjawab')
})
