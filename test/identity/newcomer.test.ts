// Goal: whoever starts the hub is signed in with one click on what it printed, and nobody is by that
// link again. Method: the program of `npm start` on an empty data folder, and a real browser.
import t from 'tap'
import { openBrowser } from '../helpers/browser.ts'
import { startHubProcess } from '../helpers/hub-process.ts'

t.setTimeout(180_000)

t.test('from an empty folder to the inbox', async (t) => {
  const began = performance.now()
  const hub = await startHubProcess(t)
  const links = [...hub.said().matchAll(/http:\/\/127\.0\.0\.1:\d+\/sign-in\/[\w-]{43}/g)]
  t.ok(links.length >= 3, `a link for each role: ${hub.said()}`)
  const [, link = ''] = /case worker, .*\n\s+(http:\S+\/sign-in\/[\w-]{43})/.exec(hub.said()) ?? []
  const browser = await openBrowser(t)
  const context = await browser.newContext({ locale: 'en-GB' })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  await page.goto(link)
  await page.waitForURL(`${hub.url}/inbox`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  const seconds = (performance.now() - began) / 1000
  t.comment(`signed in on the inbox ${seconds.toFixed(1)} s after the start`)

  const other = await browser.newContext()
  const again = await other.newPage()
  const answer = await again.goto(link)
  t.equal(answer?.status(), 410, 'the link was for once')
  await again.goto(`${hub.url}/inbox`)
  t.equal(new URL(again.url()).pathname, '/', 'and lets nobody else in')
  t.same(await other.cookies(), [])
  t.equal(await hub.stop(), 0)
})
