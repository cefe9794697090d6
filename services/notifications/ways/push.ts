import { SignJWT } from 'jose'
import { OutboundError } from '../../../src/outbound.ts'
import type { Keys } from '../../../src/keys.ts'
import { endingOf, type Claimed, type Way, type WayOptions } from './way.ts'

/** Push services of browsers; a subscription of another one is refused. */
export const PUSH_HOSTS: readonly string[] = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  '*.push.services.mozilla.com',
  '*.notify.windows.com',
  'web.push.apple.com',
  '*.push.apple.com',
]

const LIFE_S = 12 * 3_600
const TTL_S: Readonly<Record<Claimed['level'], number>> = {
  urgent: 24 * 3_600,
  normal: 24 * 3_600,
  calm: 4 * 3_600,
}
const URGENCY = { urgent: 'high', normal: 'normal', calm: 'low' } as const

/** The hub's public key as browsers want it: an uncompressed point, base64url. */
export const applicationServerKey = (keys: Keys): string => {
  const { x = '', y = '' } = keys.push.publicJwk
  const point = [Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
  return Buffer.concat(point).toString('base64url')
}

/** Who calls (VAPID, RFC 8292), for one push service. */
export const vapidOf = async (keys: Keys, publicUrl: string, endpoint: string): Promise<string> => {
  const token = await new SignJWT({ sub: publicUrl })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
    .setAudience(new URL(endpoint).origin)
    .setExpirationTime(Math.floor(Date.now() / 1000) + LIFE_S)
    .sign(keys.push.privateKey)
  return `vapid t=${token}, k=${applicationServerKey(keys)}`
}

/** Wakes a browser with an empty message: the text is printed there, and is the same always. */
export const pushWay =
  ({ ctx, outbound }: WayOptions): Way =>
  async (claimed, lead) => {
    if (!('endpoint' in lead)) return { outcome: 'gone', failure: 'unreadable' }
    try {
      const { status } = await outbound.call({
        method: 'POST',
        url: lead.endpoint,
        hosts: PUSH_HOSTS,
        headers: {
          authorization: await vapidOf(ctx.keys, ctx.config.publicUrl, lead.endpoint),
          'content-length': '0',
          ttl: String(TTL_S[claimed.level]),
          urgency: URGENCY[claimed.level],
          // A newer one takes the place of one that waits.
          topic: 'notice',
        },
      })
      return endingOf(status)
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error
      return { outcome: 'failed', failure: error.code }
    }
  }
