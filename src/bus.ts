import type { EventType, JournalEvent, Outcome } from './contracts/events.ts'

/** What services hear of one journal entry. Ids and codes only. */
export interface HubMessage {
  /** Place in the ledger, from 0. */
  readonly position: number
  /** Journal entry id; consumers remember it to be idempotent. */
  readonly entry: string
  readonly type: EventType
  readonly at: string
  readonly outcome: Outcome
  readonly agency: string | null
  readonly subject: string | null
  readonly object: string | null
  readonly purpose: string | null
  readonly reason: string | null
  readonly data: JournalEvent['data']
}

export type StreamName = 'HUB' | 'AGENCY'

export interface StreamMessage {
  readonly stream: StreamName
  readonly subject: string
  /** Nats-Msg-Id: the same message published twice is stored once. */
  readonly id: string
  readonly position: number
  readonly body: object
}

/** What the two streams hold now, as the ledger needs it to go on publishing. */
export interface StreamTail {
  /** Position of the last message; null when the stream is empty or was made anew. */
  readonly position: number | null
}

export interface Bus {
  /** Tells whoever listens that there is work. Fire and forget, never throws; a sweep backs it. */
  wake(topic: 'ledger'): void
  onWake(topic: 'ledger', work: () => void): { stop(): void }
  /** Makes the streams HUB and AGENCY when they are missing and tells where they end. */
  tail(stream: StreamName): Promise<StreamTail>
  /**
   * Publishes in order; resolves when every message is stored. MUST leave no hole: when one is
   * refused or unanswered, those behind it on its stream are not stored either.
   * @throws when any message was not confirmed; call `tail` and go on from there
   */
  publish(messages: readonly StreamMessage[]): Promise<void>
  /** Plain subscription for live pushing; may miss messages, the feed's numbers show it. */
  subscribe(subject: string, hear: (body: unknown) => void): { stop(): void }
  /**
   * Durable pull consumer with explicit acknowledgement on HUB. `handle` rejecting means: again
   * later (backoff); after the last try the message goes to `dead.<name>` and a line in the log.
   */
  consume(
    consumer: { readonly name: string; readonly subject: string },
    handle: (message: HubMessage) => Promise<void>,
  ): Promise<{ stop(): Promise<void> }>
  request(subject: string, body: object, timeoutMs: number): Promise<unknown>
  respond(subject: string, answer: (body: unknown) => Promise<object>): { stop(): void }
  isUp(): boolean
  /** Drains and closes. */
  close(): Promise<void>
}
