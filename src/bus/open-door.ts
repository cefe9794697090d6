import { randomBytes } from 'node:crypto'
import { connect } from 'nats'

const TIMEOUT_MS = 3_000

/** Whether a server lets somebody in with these credentials. */
const letsIn = async (
  url: URL,
  credentials: { user?: string; pass?: string },
): Promise<boolean> => {
  try {
    const nc = await connect({
      servers: url.host,
      ...(url.protocol === 'tls:' ? { tls: {} } : {}),
      ...credentials,
      reconnect: false,
      maxReconnectAttempts: 0,
      timeout: TIMEOUT_MS,
    })
    await nc.close()
    return true
  } catch {
    return false
  }
}

/**
 * Whether a NATS server lets in whoever has no credentials, or wrong ones. Servers before 2.9.23
 * do so under a configuration that looks closed (CVE-2023-47090), so that it is tried.
 */
export const isOpenToAnybody = async (natsUrl: string): Promise<boolean> => {
  const url = new URL(natsUrl)
  const wrong = randomBytes(18).toString('base64url')
  const user = url.username === '' ? 'hub' : decodeURIComponent(url.username)
  const tries = [letsIn(url, {}), letsIn(url, { user, pass: wrong })]
  return (await Promise.all(tries)).includes(true)
}
