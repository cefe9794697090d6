// Goal: people come in by invitation and proof alone, guessing is slow and tells nothing. Method: the
// whole way over a real socket, issuer and relying party included, as a browser without scripts.
import { Script } from 'node:vm'
import t from 'tap'
import { codeOfStep, stepNow, stepOfCode } from '../../services/identity/accounts/totp.ts'
import { makeInvitation } from '../../services/identity/registry.ts'
import { identity } from '../../services/identity/service.ts'
import { enter, newAccount, PASSWORD } from '../helpers/account.ts'
import { startHub } from '../helpers/hub.ts'
import { addressOf, asAdmin, newPerson } from '../helpers/identity.ts'
import { createVisitor } from '../helpers/visitor.ts'

const hub = await startHub(t, { services: [identity], env: { TRUSTED_PROXY: '127.0.0.1' } })
const base = addressOf(hub)
let networks = 0
/** Each from a network of its own, unless one is given. */
const newVisitor = (from = `10.9.${(networks += 1)}.1`) => createVisitor(base, from)

const forget = () => asAdmin(hub, (sql) => sql`delete from identity.attempt`)
/** Lets codes of these steps be used again, in place of waiting for the next ones. */
const rewind = (login: string) =>
  asAdmin(hub, (sql) => sql`update identity.account set totp_step = 0 where login = ${login}`)

t.test('codes of the app are those of RFC 6238', async (t) => {
  const secret = Buffer.from('12345678901234567890')
  // Appendix B, the last six digits.
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1234567890, '005924'],
    [20000000000, '353130'],
  ] as const) {
    t.equal(codeOfStep(secret, Math.floor(seconds / 30)), code)
  }
  t.equal(stepOfCode(secret, '287082', 2), 1, 'a step late')
  t.equal(stepOfCode(secret, '287082', 4), null, 'later')
})

t.test(
  'an invited person makes an account, signs in with it, and the browser gets no token',
  async (t) => {
    const person = await newPerson(hub)
    const account = await newAccount(hub, person)
    t.match(account.login, /^orang-[a-z2-7]{5}$/)
    t.equal(account.recovery.length, 10)
    const visitor = newVisitor()
    const visit = await enter(visitor, {
      login: account.login,
      password: PASSWORD,
      code: account.code(),
    })
    t.match(JSON.parse(visit.html), { id: person.id, roles: ['case_worker'] })
    t.match([...visitor.cookies.keys()].toSorted().join(), /titian/)
    for (const [name, value] of visitor.cookies) {
      t.notMatch(value, /^ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/, `${name} is no token`)
    }
    const [entry] = await asAdmin(
      hub,
      (sql) => sql`select type, data from journal.entry where actor = ${person.id}
      and type = 'identity.person.signed_in.v1'`,
    )
    t.match(entry, { data: { method: 'password' } })
  },
)

t.test('a code is good once, a recovery code too, and each half is needed', async (t) => {
  const account = await newAccount(hub, await newPerson(hub))
  const [recovery = ''] = account.recovery
  const code = account.code()
  const attempt = async (fields: object) => {
    const given = { login: account.login, password: PASSWORD, code, ...fields }
    return (await enter(newVisitor(), given)).status
  }
  t.equal(await attempt({ password: 'not the password at all' }), 403, 'a wrong password')
  t.equal(await attempt({ code: '000000' }), 403, 'a wrong code')
  t.equal(await attempt({}), 200)
  t.equal(await attempt({}), 403, 'the same code again')
  await forget()
  t.equal(await attempt({ code: recovery.toLowerCase().replace('-', ' ') }), 200)
  t.equal(await attempt({ code: recovery }), 403, 'the same recovery code again')
  t.equal(await attempt({ password: 'not the password', code: account.recovery[1] ?? '' }), 403)
})

t.test('an invitation is good once, and a new one ends the account before it', async (t) => {
  const person = await newPerson(hub)
  const before = await newAccount(hub, person)
  const visitor = newVisitor()
  t.equal(
    (await enter(visitor, { ...before, password: PASSWORD, code: before.code() })).status,
    200,
  )
  const path = await asAdmin(hub, (sql) => makeInvitation(sql, person.id, 'test'))
  const later = await asAdmin(hub, (sql) => makeInvitation(sql, person.id, 'test'))
  t.equal((await newVisitor().get(path)).status, 404, 'replaced')
  t.equal((await newVisitor().get(later)).status, 200)
  t.equal((await newVisitor().get('/invitation/unknown')).status, 404)
  const short = newVisitor()
  await short.get(later)
  t.equal((await short.post({ password: 'short', code: '000000' })).status, 400)
  await newAccount(hub, person)
  t.equal((await visitor.get('/v1/me')).status, 401, 'its sessions are over')
  await forget()
  t.equal(
    (await enter(visitor, { ...before, password: PASSWORD, code: before.code() })).status,
    403,
  )
})

t.test('nothing tells whether there is such a name', async (t) => {
  await forget()
  const account = await newAccount(hub, await newPerson(hub))
  const ask = async (login: string) => {
    const wrong = { login, password: `wrong ${login}`, code: '123456' }
    const { status, html } = await enter(newVisitor(), wrong)
    return { status, html: html.replaceAll(/\/sign-in\/with\/[\w-]+/g, '') }
  }
  t.strictSame(await ask(account.login), await ask('nobody-at-all'))
  // Five tries each, the sixth is slowed down, for both alike.
  for (let n = 0; n < 4; n += 1) await Promise.all([ask(account.login), ask('nobody-at-all')])
  const [one, other] = [await ask(account.login), await ask('nobody-at-all')]
  t.equal(one.status, 429)
  t.strictSame(one, other)
})

t.test('guessing is slow: by name, by network, and by one password on many names', async (t) => {
  const account = await newAccount(hub, await newPerson(hub))
  const good = () => ({ login: account.login, password: PASSWORD, code: account.code() })

  await forget()
  const many = Array.from({ length: 20 }, async (_, n) => {
    const wrong = { login: account.login, password: `guess number ${n}`, code: '123456' }
    return (await enter(newVisitor(), wrong)).status
  })
  const counts = (await Promise.all(many)).filter((status) => status === 403)
  t.equal(counts.length, 5, 'of twenty at the same moment, five were looked at')
  t.equal((await enter(newVisitor(), good())).status, 429, 'now the right one has to wait too')

  await forget()
  const spray = async (n: number, from: string | undefined, password: string) =>
    (await enter(newVisitor(from), { login: `name-${n}`, password, code: '123456' })).status
  const sprayed: number[] = []
  for (let n = 0; n < 14; n += 1) sprayed.push(await spray(n, undefined, 'Password2026!'))
  t.equal(sprayed.filter((status) => status === 403).length, 10)
  t.equal(sprayed.filter((status) => status === 429).length, 4, 'from many networks')

  await forget()
  const near: number[] = []
  for (let n = 0; n < 34; n += 1) near.push(await spray(n, '10.8.0.1', `Another ${n}`))
  t.equal(near.filter((status) => status === 429).length, 4, 'one network, every password another')
  await rewind(account.login)
  t.equal((await enter(newVisitor(), good())).status, 200, 'others are not kept out')
  const stored = await asAdmin(hub, (sql) => sql`select key from identity.attempt`)
  t.ok(stored.length > 0)
})

t.test('a session is new at each sign-in, and a sign-in is of one browser', async (t) => {
  await forget()
  const account = await newAccount(hub, await newPerson(hub))
  const name = [...createVisitor(base).cookies.keys()][0] ?? 'titian'
  const victim = newVisitor()
  const planted = 'A'.repeat(43)
  victim.cookies.set(name, planted)
  const visit = await enter(victim, {
    login: account.login,
    password: PASSWORD,
    code: account.code(),
  })
  t.equal(visit.status, 200)
  t.not(victim.cookies.get(name), planted, 'an id that was planted is not taken')

  // An attacker begins, and has the victim finish: the callback is of another browser.
  await rewind(account.login)
  const attacker = newVisitor()
  await attacker.get('/sign-in')
  const stranger = newVisitor()
  const login = stranger.cookies.get('titian-login')
  t.equal(login, undefined)
  const callback = await stranger.get('/sign-in/callback?code=x&state=y&iss=z')
  t.equal(callback.status, 403)
  t.equal(stranger.cookies.get(name), undefined)
  const tampered = newVisitor()
  tampered.cookies.set('titian-login', `${attacker.cookies.get('titian-login')}x`)
  t.equal((await tampered.get('/sign-in/callback?code=x&state=y')).status, 403)
})

t.test('the form is taken from the hub’s own page alone, and leads nowhere else', async (t) => {
  const account = await newAccount(hub, await newPerson(hub))
  const visitor = newVisitor()
  const page = await visitor.get('/sign-in?return_to=https://evil.example/')
  const cookie = [...visitor.cookies].map(([key, value]) => `${key}=${value}`).join('; ')
  const foreign = await fetch(page.url, {
    method: 'POST',
    headers: { cookie, origin: 'https://evil.example' },
    body: new URLSearchParams({ login: account.login, password: PASSWORD, code: account.code() }),
  })
  t.equal(foreign.status, 403)
  const visit = await visitor.post({
    login: account.login,
    password: PASSWORD,
    code: account.code(),
  })
  t.equal(new URL(visit.url).href, `${base}/`)
  t.match(visit.html, 'pekerja kasus')
})

t.test('proving again leads back, with a new session', async (t) => {
  const person = await newPerson(hub)
  const account = await newAccount(hub, person)
  const visitor = newVisitor()
  await enter(visitor, { login: account.login, password: PASSWORD, code: account.code() })
  const before = visitor.cookies.get('titian')
  await asAdmin(
    hub,
    (sql) => sql`update identity.session set authenticated_at = now() - interval '1 hour'`,
  )
  const asked = await visitor.get('/sign-in/again?return_to=/v1/me')
  t.match(asked.html, 'name="password"')
  const visit = await visitor.post({
    login: account.login,
    password: PASSWORD,
    code: account.code(),
  })
  t.equal(new URL(visit.url).pathname, '/v1/me')
  t.not(visitor.cookies.get('titian'), before)
  const sessions = await asAdmin(
    hub,
    (sql) => sql`select authenticated_at > now() - interval '1 minute' as recent
      from identity.session where person = ${person.id}`,
  )
  t.strictSame([...sessions], [{ recent: true }], 'the old session is gone')
})

t.test('secrets are stored as what cannot be used', async (t) => {
  const account = await newAccount(hub, await newPerson(hub))
  const rows = await asAdmin(
    hub,
    (sql) => sql`select row_to_json(a)::text as text from identity.account a
      where a.login = ${account.login}`,
  )
  const text = String(rows[0]?.['text'])
  t.match(text, '$argon2id$v=19$m=19456,t=2,p=1$')
  t.notMatch(text, account.secret.toString('hex'))
  t.equal(stepNow() > 0, true)
})

t.test('the sign-in page is of one sign-in, and its script comes from the hub', async (t) => {
  const visitor = newVisitor()
  const { url } = await visitor.get('/sign-in')
  t.match(new URL(url).pathname, /^\/sign-in\/with\//)
  t.equal((await newVisitor().get(new URL(url).pathname)).status, 403, 'in another browser')
  const page = await visitor.get(new URL(url).pathname)
  t.match(page.headers.get('content-security-policy'), "script-src 'self'")
  const script = await visitor.get('/sign-in/passkey.js')
  t.match(script.headers.get('content-type'), 'text/javascript')
  t.doesNotThrow(() => new Script(script.html), 'it is a script')
})

t.test('the page of a sign-in that nobody began here leads to a fresh start', async (t) => {
  const answer = await fetch(`${base}/sign-in/with/nobody-began-this`, { redirect: 'manual' })
  t.equal(answer.status, 303)
  t.match(answer.headers.get('location'), /\/sign-in\/failed$/)
})
