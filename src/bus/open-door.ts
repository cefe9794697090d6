import { randomBytes } from 'node:crypto'
import { connect } from 'nats'
import { ONCE, serverOf } from './server.ts'

/** Whether a server lets somebody in with these credentials. */
const letsIn = async (natsUrl: string, username: string, password: string): Promise<boolean> => {
  const url = Object.assign(new URL(natsUrl), { username, password })
  try {
    const nc = await connect({ ...serverOf(url.href), ...ONCE })
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
  const wrong = randomBytes(18).toString('base64url')
  const user = new URL(natsUrl).username || 'hub'
  const tries = [letsIn(natsUrl, '', ''), letsIn(natsUrl, user, wrong)]
  return (await Promise.all(tries)).includes(true)
}
