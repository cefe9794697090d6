const LOCK_MS = 300_000
const WARN_MS = 60_000

interface LockWords {
  readonly lock: string
  readonly unlock: string
  readonly warn: string
  readonly stay: string
}

const panel = (text: string, button: string, className: string, onClick: () => void) => {
  const box = document.createElement('div')
  box.className = className
  box.setAttribute('role', 'alert')
  const words = document.createElement('p')
  words.textContent = text
  const action = document.createElement('button')
  action.type = 'button'
  action.className = 'button'
  action.textContent = button
  action.addEventListener('click', onClick)
  box.append(words, action)
  document.body.append(box)
  return box
}

/** After five quiet minutes the page is hidden; it is asked for again to come back. */
export const startLock = (): void => {
  const words = JSON.parse(document.body.dataset['words'] ?? '{}') as LockWords
  let warning: Element | null = null
  let isLocked = false
  let warnTimer: ReturnType<typeof setTimeout> | undefined
  let lockTimer: ReturnType<typeof setTimeout> | undefined
  const calm = (): void => {
    warning?.remove()
    warning = null
    delete document.documentElement.dataset['warned']
  }
  const lock = (): void => {
    isLocked = true
    calm()
    for (const part of document.querySelectorAll('.frame, .skip:not([data-exit])')) part.remove()
    const box = panel(words.lock, words.unlock, 'lock', () => window.location.reload())
    box.querySelector('button')?.focus()
  }
  const begin = (): void => {
    clearTimeout(warnTimer)
    clearTimeout(lockTimer)
    calm()
    warnTimer = setTimeout(() => {
      warning = panel(words.warn, words.stay, 'toast toast-warning', begin)
      // Room below, so that it covers nothing that can be reached.
      document.documentElement.dataset['warned'] = ''
    }, LOCK_MS - WARN_MS)
    lockTimer = setTimeout(lock, LOCK_MS)
  }
  for (const kind of ['pointerdown', 'keydown', 'scroll'] as const) {
    document.addEventListener(kind, () => !isLocked && warning === null && begin(), {
      passive: true,
    })
  }
  begin()
}
