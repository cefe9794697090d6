import type { Browser, Page } from 'playwright-core'
import { audit } from '../../services/audit/service.ts'
import { directory } from '../../services/directory/service.ts'
import { identity } from '../../services/identity/service.ts'
import { messages } from '../../services/messages/service.ts'
import { notifications } from '../../services/notifications/service.ts'
import { portal } from '../../services/portal/service.ts'
import { openBrowser } from './browser.ts'
import { createScene, type Scene } from './referral-scene.ts'

/** For a whole file: a browser starts, and pages wait for a busy machine. */
const TIMEOUT_MS = 300_000

export interface PortalScene extends Scene {
  readonly browser: Browser
}

/** A scene with pages and all that they call, and a browser to look at them. */
export const createPortalScene = async (
  t: Parameters<typeof createScene>[0] & { setTimeout(ms: number): void },
): Promise<PortalScene> => {
  t.setTimeout(TIMEOUT_MS)
  const scene = await createScene(t, [identity, directory, messages, notifications, audit, portal])
  return { ...scene, browser: await openBrowser(t) }
}

/** Waits for a text of the page's content. */
export const shows = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator('main').getByText(text).first().waitFor()
