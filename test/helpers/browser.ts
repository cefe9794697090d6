import { accessSync, constants } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { sessionCookieOf } from '../../src/auth.ts'
import { addressOf, signIn, type TestPerson } from './identity.ts'
import type { TestHub } from './hub.ts'
import type { Teardown } from './run.ts'

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** What the packed one needs where there is no display. Its own list also turns off the walls between origins. */
const PACKED_ARGS = ['--no-zygote', '--use-gl=angle', '--use-angle=swiftshader']
const TIMEOUT_MS = 60_000

const isThere = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Chromium of this machine, else the one that npm brought. */
export const openBrowser = async (t: Teardown): Promise<Browser> => {
  const found = INSTALLED.find(isThere)
  const args = ['--no-sandbox', '--disable-dev-shm-usage']
  let browser: Browser
  if (found === undefined) {
    const { default: packed } = await import('@sparticuz/chromium')
    const executablePath = await packed.executablePath()
    browser = await chromium.launch({ executablePath, args: [...PACKED_ARGS, ...args] })
  } else {
    browser = await chromium.launch({ executablePath: found, args })
  }
  t.teardown(() => browser.close())
  return browser
}

export interface Seat {
  readonly context: BrowserContext
  readonly page: Page
  /** What the page complained of: errors of scripts, of the policy, of the console. */
  readonly complaints: string[]
}

export interface SeatOptions {
  readonly width?: number
  readonly language?: 'id' | 'en'
  readonly scripts?: boolean
}

/** A browser context of one person's own, signed in. */
export const sit = async (
  browser: Browser,
  hub: TestHub,
  person: TestPerson | null,
  options: SeatOptions = {},
): Promise<Seat> => {
  const { width = 360, language = 'id', scripts = true } = options
  const context = await browser.newContext({
    baseURL: addressOf(hub),
    viewport: { width, height: 740 },
    locale: language === 'id' ? 'id-ID' : 'en-GB',
    javaScriptEnabled: scripts,
    serviceWorkers: 'allow',
  })
  context.setDefaultTimeout(TIMEOUT_MS)
  if (person !== null) {
    const cookie = await signIn(hub, person)
    const value = cookie.slice(cookie.indexOf('=') + 1)
    const url = addressOf(hub)
    await context.addCookies([{ name: sessionCookieOf(hub.config), value, url, httpOnly: true }])
  }
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { context, page, complaints }
}
