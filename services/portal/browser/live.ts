const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000
/** The hub says in another minute that a session is over; then nobody calls again. */
const SIGN_IN_AGAIN = 4001

interface Frame {
  readonly type: string
  readonly n?: number
  readonly head?: number
}

const say = (state: 'on' | 'again' | 'away'): void => {
  for (const line of document.querySelectorAll('[data-live]')) {
    if (line.getAttribute('data-state') === state) continue
    line.setAttribute('data-state', state)
    const text = line.querySelector('[data-live-text]')
    const template = line.getAttribute(`data-${state}`) ?? ''
    const time = new Date().toLocaleTimeString(document.documentElement.lang, {
      hour: '2-digit',
      minute: '2-digit',
    })
    if (text !== null) text.textContent = template.replace('{time}', time)
  }
}

/**
 * Follows the agency's feed. Every item has a number, so a connection that comes back asks for what
 * it missed; items only say that something changed, and the page asks for the rest.
 */
export const startLive = (): void => {
  let last: number | null = null
  let failures = 0
  const announce = (): void => void window.dispatchEvent(new Event('titian:changed'))
  const connect = (): void => {
    const url = new URL('/v1/live', window.location.href.replace(/^http/, 'ws'))
    if (last !== null) url.searchParams.set('after', String(last))
    const socket = new WebSocket(url)
    socket.addEventListener('message', (event: MessageEvent<string>) => {
      const frame = JSON.parse(event.data) as Frame
      if (frame.type === 'hello') {
        failures = 0
        // What came between the page and this connection is not known: it is asked for once.
        if (last === null) announce()
        last ??= frame.head ?? 0
        return say('on')
      }
      last = Math.max(last ?? 0, frame.n ?? 0)
      announce()
    })
    socket.addEventListener('close', (event) => {
      if (event.code === SIGN_IN_AGAIN) return say('away')
      failures += 1
      say(failures > 2 ? 'away' : 'again')
      const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS)
      setTimeout(connect, waitMs * (0.5 + Math.random()))
    })
  }
  connect()
  window.addEventListener('offline', () => say('away'))
}
