// Goal: people come in, and prove again who they are, in a real browser; what others try there is
// refused. Method: Chromium with a virtual authenticator (WebAuthn) against a hub on `localhost`.
import type { BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { codeOfStep, stepNow } from '../../services/identity/accounts/totp.ts'
import { makeInvitation } from '../../services/identity/registry.ts'
import { identity } from '../../services/identity/service.ts'
import { sessionCookieOf } from '../../src/auth.ts'
import { freePort } from '../../src/embedded/port.ts'
import { fromBase32, PASSWORD } from '../helpers/account.ts'
import { openBrowser } from '../helpers/browser.ts'
import { startHub } from '../helpers/hub.ts'
import { asAdmin, newPerson, type TestPerson } from '../helpers/identity.ts'

t.setTimeout(120_000)
const PORT = String(await freePort())
// Passkeys are bound to a name: a browser makes none for an address.
const base = `http://localhost:${PORT}`
const hub = await startHub(t, { services: [identity], env: { PORT, PUBLIC_URL: base } })
const browser = await openBrowser(t)
const COOKIE = sessionCookieOf(hub.config)

const openContext = async (): Promise<{ context: BrowserContext; page: Page }> => {
  const context = await browser.newContext({ baseURL: base, locale: 'en-GB' })
  context.setDefaultTimeout(60_000)
  return { context, page: await context.newPage() }
}

/** A phone that keeps passkeys and opens them with a finger, present whenever it is asked. */
const addAuthenticator = async (context: BrowserContext, page: Page): Promise<void> => {
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

const sessionIn = async (context: BrowserContext): Promise<string | undefined> =>
  (await context.cookies(base)).find(({ name }) => name === COOKIE)?.value

const shownId = async (page: Page): Promise<string> => {
  await page.waitForURL('**/v1/me')
  return JSON.parse((await page.locator('body').textContent()) ?? '').id
}

interface Account {
  readonly login: string
  readonly recovery: readonly string[]
  /** The code that the app shows. */
  code(): string
}

/** Redeems an invitation with a password and a code app. */
const redeem = async (page: Page, person: TestPerson): Promise<Account> => {
  await page.goto(await asAdmin(hub, (sql) => makeInvitation(sql, person.id, 'test')))
  const spelled = (await page.locator('main code').first().textContent()) ?? ''
  const secret = fromBase32(spelled.replaceAll(' ', ''))
  await page.locator('#password').fill(PASSWORD)
  // A step early: each code is good once.
  await page.locator('#one-time').fill(codeOfStep(secret, stepNow() - 1))
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.getByRole('heading', { name: 'Your account is ready' }).waitFor()
  const login = (await page.locator('main strong').first().textContent()) ?? ''
  const recovery = await page.locator('.codes li').allTextContents()
  return { login, recovery, code: () => codeOfStep(secret, stepNow()) }
}

const submit = async (page: Page, account: Account, code: string): Promise<void> => {
  await page.locator('input[name=login]').fill(account.login)
  await page.locator('input[name=password]').fill(PASSWORD)
  await page.locator('input[name=code]').fill(code)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

t.test('a passkey: made at the invitation, signs in, proves again', async (t) => {
  const person = await newPerson(hub)
  const { context, page } = await openContext()
  await addAuthenticator(context, page)
  await page.goto(await asAdmin(hub, (sql) => makeInvitation(sql, person.id, 'test')))
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  await page.getByRole('heading', { name: 'Your account is ready' }).waitFor()

  await page.goto('/sign-in?return_to=/v1/me')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  t.equal(await shownId(page), person.id)
  const first = await sessionIn(context)
  await asAdmin(
    hub,
    (sql) => sql`update identity.session set authenticated_at = now() - interval '6 minutes'
      where person = ${person.id}`,
  )
  await page.goto('/sign-in/again?return_to=/v1/me')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  t.equal(await shownId(page), person.id)
  t.not(await sessionIn(context), first, 'the session has a new id')
  const [row] = await asAdmin(
    hub,
    (sql) => sql`select count(*)::int as n from identity.session
      where person = ${person.id} and authenticated_at > now() - interval '1 minute'`,
  )
  t.equal(row?.['n'], 1, 'one session, proved a moment ago')
  const kept = await page.evaluate(() => [
    ...Object.entries(localStorage),
    ...Object.entries(sessionStorage),
  ])
  t.same(kept, [], 'the browser keeps nothing but its cookies')
  await context.close()
})

t.test('password and code, then a recovery code once', async (t) => {
  const person = await newPerson(hub)
  const making = await openContext()
  const account = await redeem(making.page, person)
  await making.context.close()
  t.equal(account.recovery.length, 10)
  const [recovery = ''] = account.recovery
  for (const code of [account.code(), recovery]) {
    const { context, page } = await openContext()
    await page.goto('/sign-in?return_to=/v1/me')
    await submit(page, account, code)
    t.equal(await shownId(page), person.id)
    await context.close()
  }
  const { context, page } = await openContext()
  await page.goto('/sign-in?return_to=/v1/me')
  await submit(page, account, recovery)
  await page.locator('.error').waitFor()
  t.equal(await sessionIn(context), undefined, 'a recovery code is good once')
  await context.close()
})

t.test('a session that somebody else planted is not the one signed in', async (t) => {
  const { context, page } = await openContext()
  const account = await redeem(page, await newPerson(hub))
  const planted = 'A'.repeat(43)
  await context.addCookies([{ name: COOKIE, value: planted, url: base }])
  await page.goto('/sign-in?return_to=/v1/me')
  await submit(page, account, account.code())
  await shownId(page)
  t.not(await sessionIn(context), planted)
  const headers = { cookie: `${COOKIE}=${planted}` }
  t.equal((await fetch(`${base}/v1/me`, { headers })).status, 401, 'the planted id is nobody')
  await context.close()
})

t.test('another site can neither post as the person nor be led to', async (t) => {
  const { context, page } = await openContext()
  const account = await redeem(page, await newPerson(hub))
  const visited: string[] = []
  await context.route('http://evil.example/**', (route) => {
    visited.push(route.request().url())
    return route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${base}/sign-out"><button>win</button></form>`,
    })
  })
  await page.goto('/sign-in?return_to=http://evil.example/')
  await submit(page, account, account.code())
  await page.waitForURL(`${base}/**`)
  await page.waitForLoadState()
  t.equal(new URL(page.url()).origin, base)
  t.same(visited, [], 'signing in led nowhere else')
  const session = await sessionIn(context)
  t.ok(session)

  await page.goto('http://evil.example/')
  const answered = page.waitForResponse(`${base}/sign-out`)
  await page.getByRole('button', { name: 'win' }).click()
  t.equal((await answered).status(), 403)
  await page.goto('/v1/me')
  t.match(await page.locator('body').textContent(), 'case_worker', 'still signed in')
  t.equal(await sessionIn(context), session)
  await context.close()
})
