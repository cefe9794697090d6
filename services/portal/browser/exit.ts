const PRESSES = 3
const WITHIN_MS = 5_000

/** Empties what this browser kept for the portal. */
const forget = async (): Promise<void> => {
  sessionStorage.clear()
  localStorage.clear()
  for (const name of await caches.keys()) await caches.delete(name)
  indexedDB.deleteDatabase('titian')
}

/** Blank at once; the session ends by a beacon, and this page leaves the history. */
const leave = (): void => {
  const to = document.body.dataset['exitUrl'] ?? 'about:blank'
  document.title = '–'
  document.body.replaceChildren()
  document.documentElement.style.setProperty('background', '#fff')
  navigator.sendBeacon('/exit', new URLSearchParams())
  void forget().catch(() => {})
  window.location.replace(to)
}

/** The button, the hidden link after the skip link, and Shift three times within five seconds. */
export const startExit = (): void => {
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.target.closest('[data-exit]') === null) return
    event.preventDefault()
    leave()
  })
  let presses: number[] = []
  document.addEventListener('keyup', (event) => {
    if (event.key !== 'Shift') return
    presses = [...presses.filter((at) => at > event.timeStamp - WITHIN_MS), event.timeStamp]
    if (presses.length >= PRESSES) leave()
  })
  // A page that comes back from the browser's memory is asked for again.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) window.location.reload()
  })
}
