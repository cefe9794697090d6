const KEYS = /(name="key" value=")[^"]*/g

/** The same content but for the keys of forms, which differ every time. */
const contentOf = (part: Element): string => part.innerHTML.replace(KEYS, '$1')

/** What leads back to an element in another rendering of the same page. */
const markOf = (element: Element): string | null => {
  if (element.id !== '') return `#${CSS.escape(element.id)}`
  const href = element.getAttribute('href')
  return href === null ? null : `a[href="${CSS.escape(href)}"]`
}

const isWriting = (part: Element): boolean => {
  const active = document.activeElement
  return active !== null && part.contains(active) && active.matches('input, textarea, select')
}

/** Puts the new content in; what was unfolded stays so, and the focus stays where it was. */
const replace = (part: Element, fresh: Element): void => {
  const active = document.activeElement
  const mark = active !== null && part.contains(active) ? markOf(active) : null
  const wasOpen = [...part.querySelectorAll('details')].map(({ open }) => open)
  part.replaceChildren(...fresh.childNodes)
  for (const [index, details] of part.querySelectorAll('details').entries()) {
    details.open = wasOpen[index] ?? false
  }
  if (mark !== null) part.querySelector<HTMLElement>(mark)?.focus({ preventScroll: true })
}

/** Asks for this page again, and takes over the parts that say they may be renewed. */
const renew = async (): Promise<void> => {
  const parts = [...document.querySelectorAll('[data-fresh]')]
  if (parts.length === 0) return
  const response = await fetch(window.location.href)
  if (!response.ok || response.redirected) return
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  for (const part of parts) {
    const fresh = page.querySelector(`[data-fresh="${part.getAttribute('data-fresh') ?? ''}"]`)
    if (fresh === null || isWriting(part) || contentOf(fresh) === contentOf(part)) continue
    replace(part, fresh)
    const said = document.querySelector('[data-fresh-said]')
    if (said !== null) said.textContent = said.getAttribute('data-fresh-said')
  }
}

/** Keeps pages current: `titian:changed` on the window says that something happened. */
export const startFresh = (): void => {
  let isRunning = false
  let isAsked = false
  window.addEventListener('titian:changed', () => {
    isAsked = true
    if (isRunning) return
    isRunning = true
    const work = async (): Promise<void> => {
      while (isAsked) {
        isAsked = false
        await renew()
      }
    }
    void work()
      .catch(() => {})
      .finally(() => {
        isRunning = false
      })
  })
}
