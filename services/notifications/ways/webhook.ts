import { OutboundError } from '../../../src/outbound.ts'
import { SET_CONTENT_TYPE, signSet } from '../../../src/sets.ts'
import { endingOf, type Way, type WayOptions } from './way.ts'

/**
 * Pushes a signed security event (RFC 8935). It says that the agency's feed has grown and how far:
 * the program reads the rest from the feed, so that nothing of it is in a partner's proxy log.
 */
export const webhookWay =
  ({ ctx, outbound }: WayOptions): Way =>
  async (claimed, lead) => {
    if (!('url' in lead)) return { outcome: 'gone', failure: 'unreadable' }
    const { publicUrl } = ctx.config
    const body = await signSet(ctx.keys, publicUrl, {
      agency: claimed.agency,
      jti: claimed.id,
      at: new Date(claimed.at),
      events: { [`${publicUrl}/events/feed.grown/v1`]: { head: Number(claimed.n) } },
    })
    try {
      const { status } = await outbound.call({
        method: 'POST',
        url: lead.url,
        hosts: claimed.hosts,
        headers: { 'content-type': SET_CONTENT_TYPE, accept: 'application/json' },
        body,
      })
      // A partner that moved its hook registers the new address: no redirect is followed.
      return status === 404 || status === 410
        ? { outcome: 'failed', failure: `status_${status}` }
        : endingOf(status)
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error
      return { outcome: 'failed', failure: error.code }
    }
  }
