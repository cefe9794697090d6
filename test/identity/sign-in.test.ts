import postgres from 'postgres'
import t from 'tap'
import { identity } from '../../services/identity/service.ts'
import { digestOf } from '../../src/auth.ts'
import { startHub } from '../helpers/hub.ts'
import { addressOf, asAdmin, newPerson, signIn } from '../helpers/identity.ts'
import { until } from '../helpers/until.ts'

const hub = await startHub(t, { services: [identity] })
const base = addressOf(hub)

const open = (path: string, cookie?: string): Promise<Response> =>
  fetch(`${base}${path}`, { redirect: 'manual', headers: cookie === undefined ? {} : { cookie } })

interface Entry {
  readonly type: string
  readonly outcome: string
  readonly reason: string | null
  readonly agency: string | null
  readonly concerned: string[]
}

const entriesOf = (actor: string): Promise<Entry[]> =>
  asAdmin(hub, async (sql) => [
    ...(await sql<Entry[]>`
      select type, outcome, reason, agency, concerned from journal.entry
      where actor = ${actor} order by seq`),
  ])

t.test('a link signs its person in and leads to the front page', async (t) => {
  const person = await newPerson(hub)
  const response = await open(await person.link())
  t.equal(response.status, 303)
  t.equal(response.headers.get('location'), '/')
  const [cookie = ''] = response.headers.getSetCookie()
  t.match(cookie, /^titian=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  const session = cookie.split(';')[0] ?? ''
  t.strictSame(await (await open('/v1/me', session)).json(), {
    kind: 'person',
    id: person.id,
    agency: person.agency,
    roles: ['case_worker'],
    scopes: [],
  })
  const page = await (await open('/', session)).text()
  t.match(page, 'pekerja kasus')
  t.match(page, 'belum ada di direktori')
  t.notMatch(page, String(person.agency))
  const entry = { outcome: 'ok', reason: null, agency: person.agency, concerned: [person.agency] }
  t.strictSame(await entriesOf(person.id), [{ type: 'identity.person.signed_in.v1', ...entry }])
})

t.test('an administrator of the hub signs in without an agency', async (t) => {
  const person = await newPerson(hub, { agency: null, roles: ['hub_administrator'] })
  const session = await signIn(hub, person)
  t.match(await (await open('/v1/me', session)).json(), {
    agency: null,
    roles: ['hub_administrator'],
  })
  t.match(await (await open('/', session)).text(), 'Bekerja untuk hub ini sendiri')
})

t.test('nobody is an administrator of the hub and something else', async (t) => {
  const both = { agency: null, roles: ['hub_administrator', 'oversight_reviewer'] } as const
  await t.rejects(newPerson(hub, both), { code: '23514' })
  await t.rejects(newPerson(hub, { roles: ['hub_administrator'] }), { code: '23514' })
  await t.rejects(newPerson(hub, { agency: null, roles: ['case_worker'] }), { code: '23514' })
})

t.test('of twenty uses of a link at once, one signs in', async (t) => {
  const person = await newPerson(hub)
  const link = await person.link()
  const replica = await startHub(t, { services: [identity], like: hub })
  const uses = Array.from({ length: 20 }, async (_, n) => {
    const address = n % 2 === 0 ? base : addressOf(replica)
    const response = await fetch(`${address}${link}`, { redirect: 'manual' })
    await response.text()
    return response.status
  })
  const statuses = await Promise.all(uses)
  t.strictSame(
    statuses.toSorted((a, b) => a - b),
    [303, ...Array.from({ length: 19 }, () => 410)],
  )
  const sessions = await asAdmin(
    hub,
    (sql) => sql`select 1 from identity.session where person = ${person.id}`,
  )
  t.equal(sessions.length, 1)
  const outcomes = (await entriesOf(person.id)).map(({ outcome, reason }) => [outcome, reason])
  t.strictSame(outcomes.filter(([outcome]) => outcome === 'ok').length, 1)
  t.strictSame(outcomes.filter(([, reason]) => reason === 'used').length, 19)
})

t.test('a use of a link waits for the one before it', async (t) => {
  const person = await newPerson(hub)
  const code = (await person.link()).slice('/sign-in/'.length)
  const rows = (session: string) =>
    JSON.stringify([{ code_hash: digestOf(code), id_hash: digestOf(session) }])
  const sql = postgres(hub.database.urlOf('titian_identity'), { max: 2 })
  t.teardown(() => sql.end())
  const use = (on: postgres.Sql | postgres.TransactionSql, session: string) =>
    on<{ outcome: string }[]>`
      select outcome from identity.use_sign_in_links(${rows(session)}::text::jsonb)`
  const isWaiting = () =>
    asAdmin(hub, async (admin) => {
      const waiting = await admin`
        select 1 from pg_stat_activity where usename = 'titian_identity'
          and datname = current_database() and wait_event_type = 'Lock'`
      return waiting.length > 0
    })
  const second = await sql.begin(async (first) => {
    t.strictSame([...(await use(first, 'first'))], [{ outcome: 'ok' }])
    const later = use(sql, 'second').execute()
    await until(isWaiting, { what: 'the second use waits' })
    return { later }
  })
  t.strictSame([...(await second.later)], [{ outcome: 'used' }])
})

t.test('a link that is used, late, unknown or of somebody inactive says what to do', async (t) => {
  const [used, late, inactive] = await Promise.all([newPerson(hub), newPerson(hub), newPerson(hub)])
  const links = {
    used: await used.link(),
    late: await late.link(),
    inactive: await inactive.link(),
  }
  await (await open(links.used)).text()
  await asAdmin(hub, async (sql) => {
    await sql`update identity.sign_in_link set expires_at = now() where person = ${late.id}`
    await sql`update identity.person set active = false where id = ${inactive.id}`
  })
  const cases = [
    [links.used, 410, 'sudah dipakai', 'already used'],
    [links.late, 410, 'sudah lewat waktu', 'has run out'],
    [links.inactive, 410, 'tidak aktif', 'not active'],
    [`/sign-in/${'A'.repeat(43)}`, 404, 'tidak dikenal', 'not known'],
    ['/sign-in/%3Cscript%3E', 404, 'tidak dikenal', 'not known'],
  ] as const
  for (const [link, status, indonesian, english] of cases) {
    const response = await open(link)
    t.equal(response.status, status, link)
    t.match(response.headers.get('content-type'), 'text/html')
    t.strictSame(response.headers.getSetCookie(), [])
    const page = await response.text()
    t.match(page, indonesian)
    t.match(page, english)
    t.notMatch(page, /<script/)
  }
  t.match((await entriesOf(late.id))[0], {
    outcome: 'refused',
    reason: 'expired',
    agency: late.agency,
  })
  t.match((await entriesOf(inactive.id))[0], { outcome: 'refused', reason: 'inactive' })
  const unknown = { type: 'identity.person.sign_in_refused.v1', reason: 'unknown', agency: null }
  t.match((await entriesOf('anonymous'))[0], unknown)
})

t.test('asking for the head of a link does not use it', async (t) => {
  const person = await newPerson(hub)
  const link = await person.link()
  t.equal((await fetch(`${base}${link}`, { method: 'HEAD' })).status, 404)
  t.equal((await open(link)).status, 303)
})

t.test('the front page speaks both languages and runs no script', async (t) => {
  const page = async (path: string, language = '') => {
    const response = await fetch(`${base}${path}`, { headers: { 'accept-language': language } })
    t.match(
      response.headers.get('content-security-policy'),
      /^default-src 'none'; style-src 'sha256-/,
    )
    return await response.text()
  }
  t.match(await page('/'), /<html lang="id">[^]*Anda belum masuk/)
  t.match(await page('/', 'en-GB,en;q=0.9'), /<html lang="en">[^]*You are not signed in/)
  t.match(await page('/?lang=en'), /<html lang="en">/)
  t.match(await page('/?lang=id', 'en'), /<html lang="id">/)
})

t.test('outside a demonstration there are no sign-in links', async (t) => {
  const strict = await startHub(t, {
    services: [identity],
    env: { DEMONSTRATION: 'off' },
    like: hub,
  })
  const person = await newPerson(hub)
  const link = await person.link()
  const response = await fetch(`${addressOf(strict)}${link}`, { redirect: 'manual' })
  t.equal(response.status, 404)
  t.match(await response.json(), { code: 'not_found' })
  t.equal((await open(link)).status, 303, 'and it was not used up')
})

t.test('behind TLS the cookie keeps the promises of __Host-', async (t) => {
  const env = { PUBLIC_URL: 'https://hub.example', DEMONSTRATION: 'on' }
  const secure = await startHub(t, { services: [identity], env, like: hub })
  const person = await newPerson(hub)
  const response = await fetch(`${addressOf(secure)}${await person.link()}`, { redirect: 'manual' })
  const [cookie = ''] = response.headers.getSetCookie()
  t.match(cookie, /^__Host-titian=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})
