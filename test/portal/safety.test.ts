// Goal: what protects whoever sits before the screen: headers, titles, the quick exit.
import type { BrowserContext } from 'playwright-core'
import t from 'tap'
import { sit } from '../helpers/browser.ts'
import { addressOf, newPerson, signIn } from '../helpers/identity.ts'
import { createPortalScene } from '../helpers/portal-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createPortalScene(t)
const { browser, hub, network } = scene
const base = addressOf(hub)
const worker = await newPerson(hub, { agency: network.recipient.id, roles: ['case_worker'] })

t.test('a page is never kept, framed, indexed, or fed by others', async (t) => {
  const cookie = await signIn(hub, worker)
  const response = await fetch(`${base}/inbox`, { headers: { cookie } })
  const policy = response.headers.get('content-security-policy') ?? ''
  t.equal(response.status, 200)
  t.equal(response.headers.get('cache-control'), 'no-store')
  t.equal(response.headers.get('x-robots-tag'), 'noindex')
  t.equal(response.headers.get('referrer-policy'), 'same-origin')
  t.notMatch(policy, 'unsafe')
  t.match(policy, "default-src 'none'")
  t.match(policy, "frame-ancestors 'none'")
  const [script = ''] = /\/assets\/[\w.-]+\.js/.exec(await response.text()) ?? []
  const asset = await fetch(`${base}${script}`)
  t.equal(asset.status, 200, script)
  t.match(asset.headers.get('cache-control'), 'immutable')
  t.equal((await fetch(`${base}/assets/unknown.js`)).status, 404)
})

t.test('a form of another site changes nothing', async (t) => {
  const { id } = await scene.sent()
  const cookie = await signIn(hub, worker)
  const post = (headers: Record<string, string>) =>
    fetch(`${base}/referrals/${id}/accept`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: 'key=abcdefgh12345678&version=1',
    })
  t.equal((await post({ origin: 'https://evil.example' })).status, 403)
  t.equal((await post({})).status, 403)
  t.equal((await post({ origin: base })).status, 303)
})

t.test('nobody, and somebody without the role, see no page of work', async (t) => {
  const open = (path: string, cookie = '') =>
    fetch(`${base}${path}`, { redirect: 'manual', headers: { cookie } })
  t.equal((await open('/inbox')).headers.get('location'), '/')
  t.match(await (await open('/')).text(), 'Anda belum masuk')
  t.match(
    await (await fetch(`${base}/`, { headers: { 'accept-language': 'en' } })).text(),
    /lang="en"/,
  )
  const reviewer = await newPerson(hub, { agency: network.recipient.id, roles: ['reviewer'] })
  t.equal((await open('/inbox', await signIn(hub, reviewer))).status, 403)
  const { id } = await scene.sent()
  const stranger = await signIn(hub, await newPerson(hub, { agency: network.other.id }))
  const [foreign, absent] = await Promise.all(
    [id, '01990000-0000-7000-8000-000000000000'].map(async (each) => {
      const response = await open(`/referrals/${each}`, stranger)
      return { status: response.status, text: (await response.text()).replaceAll(each, '') }
    }),
  )
  t.same(foreign, absent)
  t.equal(foreign?.status, 404)
})

t.test('the language is kept, and a way back leads nowhere else', async (t) => {
  const choose = (back: string) =>
    fetch(`${base}/language`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: base, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ language: 'en', back }).toString(),
    })
  t.equal((await choose('/help')).headers.get('location'), '/help')
  for (const back of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a\nb']) {
    t.equal((await choose(back)).headers.get('location'), '/', back)
  }
})

const cookieOf = async (context: BrowserContext): Promise<string> =>
  (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')

t.test('the quick exit tells the browser to forget', async (t) => {
  const response = await fetch(`${base}/exit`, { method: 'POST', headers: { origin: base } })
  t.equal(response.headers.get('clear-site-data'), '"cache", "cookies", "storage"')
  t.match(await response.text(), 'url=https://www.bmkg.go.id/cuaca')
})

t.test('the quick exit blanks, ends the session, and Back shows nothing', async (t) => {
  const { id } = await scene.sent()
  for (const way of ['button', 'shift'] as const) {
    const { page, context } = await sit(browser, hub, worker)
    const cookie = await cookieOf(context)
    await context.route('https://www.bmkg.go.id/**', (route) =>
      route.fulfill({ body: '<title>Cuaca</title>', contentType: 'text/html' }),
    )
    await page.goto(`/referrals/${id}`)
    await page.locator('html[data-shell="awake"]').waitFor()
    if (way === 'button') await page.getByRole('button', { name: 'Keluar cepat' }).click()
    else for (let press = 0; press < 3; press += 1) await page.keyboard.press('Shift')
    await page.waitForURL('https://www.bmkg.go.id/**')
    await until(
      async () => (await fetch(`${base}/v1/me`, { headers: { cookie } })).status === 401,
      { what: 'the end of the session' },
    )
    await page.goBack()
    t.equal(page.url(), 'about:blank', `${way}: Back shows nothing`)
    await page.goto('/inbox')
    t.equal(new URL(page.url()).pathname, '/', `${way}: the session is over`)
    const kept = await page.evaluate(async () => [
      ...Object.keys(localStorage),
      ...Object.keys(sessionStorage),
      ...(await caches.keys()),
      ...(await indexedDB.databases()).map(({ name }) => name),
    ])
    t.same(kept, [], `${way}: nothing is kept`)
    await context.close()
  }
})

t.test('without scripts the exit button does the same', async (t) => {
  const { page, context } = await sit(browser, hub, worker, { scripts: false })
  await context.route('https://www.bmkg.go.id/**', (route) =>
    route.fulfill({ body: '<title>Cuaca</title>', contentType: 'text/html' }),
  )
  await page.goto('/inbox')
  await page.getByRole('button', { name: 'Keluar cepat' }).click()
  await page.waitForURL('https://www.bmkg.go.id/**')
  await page.goto('/inbox')
  t.equal(new URL(page.url()).pathname, '/')
})
