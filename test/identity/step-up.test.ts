// Goal: what matters most asks for a proof of a moment ago. Method: a route that demands one.
import t from 'tap'
import { identity } from '../../services/identity/service.ts'
import { demandRecent } from '../../src/challenge.ts'
import type { Service } from '../../src/service.ts'
import { startHub } from '../helpers/hub.ts'
import { addressOf, asAdmin, newPerson, newSystem, signIn } from '../helpers/identity.ts'

const vault: Service = {
  name: 'notifications',
  routes: [
    (app) => {
      app.get('/v1/vault', { config: { authority: 'self.read' } }, (request) => {
        demandRecent(request)
        return { open: true }
      })
    },
  ],
  consumers: [],
  jobs: [],
  problems: {},
  refused: 'identity.person.sign_in_refused.v1',
}

const hub = await startHub(t, { services: [identity, vault] })
const base = addressOf(hub)
const origin = hub.config.publicUrl

const open = (cookie: string) => fetch(`${base}/v1/vault`, { headers: { cookie } })

const again = async (cookie: string, path: string): Promise<Response> => {
  const page = await fetch(`${base}/sign-in/again?return_to=${encodeURIComponent(path)}`, {
    headers: { cookie },
  })
  const html = await page.text()
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? ''
  return await fetch(`${base}/sign-in/again`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin },
    body: new URLSearchParams({ csrf: field('csrf'), return_to: field('return_to') }),
  })
}

const age = (person: string) =>
  asAdmin(
    hub,
    (sql) => sql`update identity.session set authenticated_at = now() - interval '6 minutes'
      where person = ${person}`,
  )

t.test('six minutes after signing in a person is asked again, and led back', async (t) => {
  const person = await newPerson(hub)
  const cookie = await signIn(hub, person)
  t.equal((await open(cookie)).status, 200)
  await age(person.id)
  const refused = await open(cookie)
  t.equal(refused.status, 401)
  t.match(refused.headers.get('www-authenticate'), /insufficient_user_authentication/)
  t.match(await refused.json(), { code: 'step_up_needed', page: '/sign-in/again', max_age_s: 300 })

  const response = await again(cookie, '/v1/vault?x=1')
  t.equal(response.status, 303)
  t.equal(response.headers.get('location'), '/v1/vault?x=1')
  const [fresh = ''] = response.headers.getSetCookie()[0]?.split(';') ?? []
  t.not(fresh, cookie, 'the session has a new id')
  t.equal((await open(fresh)).status, 200)
  t.match(
    await (await open(cookie)).json(),
    { code: 'not_signed_in' },
    'the old id is worth nothing',
  )
})

t.test('the way back never leads to another site', async (t) => {
  const cookie = await signIn(hub, await newPerson(hub))
  const tricks = [
    'https://evil.example/',
    '//evil.example',
    '/\\\\evil.example',
    '/\t/evil.example',
  ]
  let session = cookie
  for (const path of [...tricks, 'javascript:alert(1)', '/%0d%0aSet-Cookie:x', 'evil']) {
    const response = await again(session, path)
    const location = response.headers.get('location') ?? ''
    t.equal(new URL(location, base).origin, base, path)
    session = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }
})

t.test('a program proves its key with each request and is not asked', async (t) => {
  t.match(await (await newSystem(hub)).get('/v1/vault'), { open: true })
})
