import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { sessionCookieOf } from '../../src/auth.ts'
import { addressOf, signIn, type TestPerson } from './identity.ts'
import type { TestHub } from './hub.ts'
import { packedBrowser } from './packed-browser.ts'
import type { Teardown } from './run.ts'

/**
 * Headless shells first: they draw the same pages in a quarter of the time of the whole browser, which
 * brings its own windows, models and pages along even where nobody sees them.
 */
const SHELL = '/usr/bin/chromium-headless-shell'
const WHOLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const ARGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
const TIMEOUT_MS = 60_000

const launch = async (): Promise<Browser> => {
  const paths = [SHELL, await packedBrowser(), ...WHOLE].filter((path) => existsSync(path))
  const failures: unknown[] = []
  for (const executablePath of paths) {
    try {
      return await chromium.launch({ executablePath, args: ARGS })
    } catch (error) {
      // Such as a library that this machine does not have: the next one may need less.
      failures.push(error)
    }
  }
  throw new AggregateError(failures, `no Chromium starts, of ${paths.join(', ') || 'none'}`)
}

/** Chromium of this machine, or the one that npm brought. */
export const openBrowser = async (t: Teardown): Promise<Browser> => {
  const browser = await launch()
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
