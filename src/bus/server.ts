import type { ConnectionOptions } from 'nats'

/** What the address of a server says: where it is, who signs in, and whether the line is encrypted. */
export const serverOf = (
  natsUrl: string,
): Pick<ConnectionOptions, 'servers' | 'user' | 'pass' | 'tls'> => {
  const { protocol, host, username, password } = new URL(natsUrl)
  return {
    servers: host,
    ...(username === '' ? {} : { user: decodeURIComponent(username) }),
    ...(password === '' ? {} : { pass: decodeURIComponent(password) }),
    ...(protocol === 'tls:' ? { tls: {} } : {}),
  }
}

export const LOOK_TIMEOUT_MS = 3_000

/** For a look at a server: who is not there, or refuses, is not waited for. */
export const ONCE = {
  reconnect: false,
  maxReconnectAttempts: 0,
  timeout: LOOK_TIMEOUT_MS,
} as const satisfies ConnectionOptions
