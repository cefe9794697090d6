import type { Context } from '../../../src/service.ts'
import type { Outbound } from '../../../src/outbound.ts'
import type { Lead } from '../channels.ts'

/** One notice in hand, as `notifications.claim` gives it. */
export interface Claimed {
  readonly id: string
  readonly agency: string
  readonly channel: string
  /** Empty: the agency itself. */
  readonly person: string
  readonly kind: 'email' | 'push' | 'webhook'
  readonly type: string
  readonly level: 'urgent' | 'normal' | 'calm'
  readonly n: string
  readonly tries: number
  readonly at: string
  readonly ciphertext: Buffer
  readonly wrapped_key: Buffer
  readonly hosts: readonly string[]
}

/** How a try ended. `gone`: the channel leads nowhere any more. Codes alone: they are kept. */
export type Ending =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'failed' | 'gone'; readonly failure: string }

/** One way of telling. MUST NOT throw for what the other side does. */
export type Way = (claimed: Claimed, lead: Lead) => Promise<Ending>

export interface WayOptions {
  readonly ctx: Context
  readonly outbound: Outbound
}

/** What an HTTP answer means for a notice. */
export const endingOf = (status: number): Ending => {
  if (status >= 200 && status < 300) return { outcome: 'sent' }
  const failure = `status_${status}`
  return { outcome: status === 404 || status === 410 ? 'gone' : 'failed', failure }
}
