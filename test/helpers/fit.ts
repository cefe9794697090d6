import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2 AA and good practice, by axe's names. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const WIDTHS = [360, 1280] as const

interface Asserting {
  same(found: unknown, wanted: unknown, message: string): void
  ok(value: unknown, message: string): void
}

/** What everybody needs of a page: nothing that axe finds, and no sideways scroll on a telephone. */
export const fits = async (t: Asserting, page: Page): Promise<void> => {
  const { pathname } = new URL(page.url())
  const name = pathname.replaceAll(/[0-9a-f-]{36}/g, ':id')
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 740 })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    t.ok(wide <= width, `${name} is ${wide} wide on ${width}`)
  }
  await page.setViewportSize({ width: WIDTHS[0], height: 740 })
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async (rules) => {
    const { axe: loaded } = globalThis as unknown as {
      axe: {
        run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
      }
    }
    const found = await loaded.run({ runOnly: { type: 'tag', values: rules } })
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
  }, RULES)
  t.same(violations, [], `${name} has nothing that axe finds`)
}
