// Goal: a referral is accepted, declined, sent and stopped with the keyboard alone (U10: at most 15
// stops to the first acceptance). Method: nothing but Tab, Space, Enter and letters in Chromium.
import type { Page } from 'playwright-core'
import t from 'tap'
import { audit } from '../../services/audit/service.ts'
import { directory } from '../../services/directory/service.ts'
import { identity } from '../../services/identity/service.ts'
import { notifications } from '../../services/notifications/service.ts'
import { portal } from '../../services/portal/service.ts'
import { openBrowser, sit } from '../helpers/browser.ts'
import { newPerson } from '../helpers/identity.ts'
import { createScene } from '../helpers/referral-scene.ts'

const MOST_STOPS = 80
const U10_STOPS = 15

t.setTimeout(300_000)
const scene = await createScene(t, [identity, directory, notifications, audit, portal])
const { hub, network } = scene
const browser = await openBrowser(t)

/** Goes on with Tab until the focus is on what matches; gives how many stops that took. */
const tabTo = async (page: Page, selector: string): Promise<number> => {
  for (let stops = 1; stops <= MOST_STOPS; stops += 1) {
    await page.keyboard.press('Tab')
    const isThere = await page.evaluate(
      (wanted) => document.activeElement?.matches(wanted) === true,
      selector,
    )
    if (isThere) return stops
  }
  throw new Error(`no Tab stop matches ${selector}`)
}

/** Presses Enter on what leads to another page, and waits for that. */
const enter = async (page: Page): Promise<void> => {
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
}

const shows = (page: Page, text: string): Promise<void> =>
  page.locator('main').getByText(text).first().waitFor()

t.test('accept and decline', async (t) => {
  const { id } = await scene.sent()
  const receiver = await newPerson(hub, { agency: network.recipient.id, roles: ['case_worker'] })
  const { page } = await sit(browser, hub, receiver)
  await page.goto('/inbox')
  const skip = await tabTo(page, '.skip[href="#main"]')
  await page.keyboard.press('Enter')
  const stops = skip + (await tabTo(page, '.card .button.main'))
  t.ok(stops <= U10_STOPS, `${stops} stops to the first acceptance`)
  await enter(page)
  await tabTo(page, 'main form .button.main')
  await enter(page)
  await shows(page, 'Rujukan diterima')

  await scene.sent()
  await page.goto('/inbox')
  await tabTo(page, '.card a[href$="/decline"]')
  await enter(page)
  await tabTo(page, 'input[name=reason]')
  await page.keyboard.press('Space')
  await tabTo(page, 'main form .button.main')
  await enter(page)
  await shows(page, 'Rujukan ditolak')
  const recipient = await scene.as(network.recipient.worker)
  t.equal((await recipient('GET', `/v1/referrals/${id}`)).body.state, 'accepted')
})

t.test('send and stop sharing', async (t) => {
  const caseId = await scene.openCase()
  const sender = await newPerson(hub, { agency: network.sender.id, roles: ['case_worker'] })
  const { page } = await sit(browser, hub, sender)
  await page.goto(`/cases/${caseId}`)
  await tabTo(page, 'form[action$="/send"] button')
  await enter(page)
  for (const field of ['urgency', 'purpose']) {
    await tabTo(page, `input[name=${field}]`)
    await page.keyboard.press('Space')
  }
  // The first purpose is identification; the arrows choose another.
  while (!(await page.locator('input[name=purpose][value=psychosocial]').isChecked())) {
    await page.keyboard.press('ArrowDown')
  }
  await tabTo(page, 'main form .button.main')
  await enter(page)
  await tabTo(page, 'main form .button.main')
  await enter(page)
  await tabTo(page, 'input[name=categories][value=identity]')
  await page.keyboard.press('Space')
  await tabTo(page, 'input[name=method]')
  await page.keyboard.press('Space')
  await tabTo(page, 'main form .button.main')
  await enter(page)
  await shows(page, 'Yang langsung terlihat')
  await tabTo(page, 'main form .button.main')
  await enter(page)
  await shows(page, 'Rujukan terkirim')
  await tabTo(page, 'a[href^="/cases/"]')
  await enter(page)
  await tabTo(page, 'a[href$="/withdraw"]')
  await enter(page)
  await tabTo(page, 'input[name=what]')
  await page.keyboard.press('Space')
  await tabTo(page, 'main form .button.main')
  await enter(page)
  await shows(page, 'Sudah berhenti berbagi')
  t.match(await page.textContent('main'), 'Tidak ada lembaga yang memegang data.')
})
