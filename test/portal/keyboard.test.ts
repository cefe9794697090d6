// Goal: a referral is accepted, declined, sent and stopped with the keyboard alone (U10: at most 15
// stops to the first acceptance). Method: nothing but Tab, Space, Enter and letters in Chromium.
import type { Page } from 'playwright-core'
import t from 'tap'
import { sit } from '../helpers/browser.ts'
import { newPerson } from '../helpers/identity.ts'
import { createPortalScene, shows } from '../helpers/portal-scene.ts'

const MOST_STOPS = 80
const U10_STOPS = 15

const scene = await createPortalScene(t)
const { browser, hub, network } = scene

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

/** Goes to what matches and follows or sends it. */
const press = async (page: Page, selector: string): Promise<void> => {
  await tabTo(page, selector)
  await enter(page)
}

/** Goes to what matches and chooses it. */
const tick = async (page: Page, selector: string): Promise<void> => {
  await tabTo(page, selector)
  await page.keyboard.press('Space')
}

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
  await press(page, 'main form .button.main')
  await shows(page, 'Rujukan diterima')

  await scene.sent()
  await page.goto('/inbox')
  await press(page, '.card a[href$="/decline"]')
  await tick(page, 'input[name=reason]')
  await press(page, 'main form .button.main')
  await shows(page, 'Rujukan ditolak')
  const recipient = await scene.as(network.recipient.worker)
  t.equal((await recipient('GET', `/v1/referrals/${id}`)).body.state, 'accepted')
})

t.test('send and stop sharing', async (t) => {
  const caseId = await scene.openCase()
  const sender = await newPerson(hub, { agency: network.sender.id, roles: ['case_worker'] })
  const { page } = await sit(browser, hub, sender)
  await page.goto(`/cases/${caseId}`)
  await press(page, 'form[action$="/send"] button')
  for (const field of ['urgency', 'purpose']) {
    await tick(page, `input[name=${field}]`)
  }
  // The first purpose is identification; the arrows choose another.
  while (!(await page.locator('input[name=purpose][value=psychosocial]').isChecked())) {
    await page.keyboard.press('ArrowDown')
  }
  await press(page, 'main form .button.main')
  await press(page, 'main form .button.main')
  await tick(page, 'input[name=categories][value=identity]')
  await tick(page, 'input[name=method]')
  await press(page, 'main form .button.main')
  await shows(page, 'Yang langsung terlihat')
  await press(page, 'main form .button.main')
  await shows(page, 'Rujukan terkirim')
  await press(page, 'a[href^="/cases/"]')
  await press(page, 'a[href$="/withdraw"]')
  await tick(page, 'input[name=what]')
  await press(page, 'main form .button.main')
  await shows(page, 'Sudah berhenti berbagi')
  t.match(await page.textContent('main'), 'Tidak ada lembaga yang memegang data.')
})
