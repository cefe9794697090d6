import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Bus, HubMessage } from './bus.ts'
import type { Config } from './config.ts'
import type { EventType } from './contracts/events.ts'
import type { Db, Tx } from './db.ts'
import type { Keys } from './keys.ts'
import type { Problems } from './problem.ts'

/** A Fastify instance whose schemas are TypeBox. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Everything a service may touch. Its database login sees its own schema and no other. */
export interface Context {
  readonly config: Config
  readonly db: Db
  readonly bus: Bus
  readonly keys: Keys
  readonly log: FastifyBaseLogger
  /** The hub's clock; tests put their own in its place. */
  readonly now: () => Date
}

export type Route = (app: App, ctx: Context) => void | Promise<void>

/** A durable consumer of hub events. `handle` MUST be idempotent: it runs again after a crash. */
export interface Consumer {
  /** Durable name, unique in the hub. */
  readonly name: string
  /** One NATS subject filter below `hub.`, such as `hub.referrals.referral.>`. */
  readonly subject: string
  /** Runs in one transaction; the inbox row of the entry commits with it. */
  readonly handle: (tx: Tx, message: HubMessage, ctx: Context) => Promise<void>
}

/** Work that runs beside requests until `stop` is called; `stop` MUST await what is in hand. */
export interface Job {
  readonly name: string
  readonly start: (ctx: Context) => Promise<{ stop: () => Promise<void> }>
}

/** What a timer is given when its instant has come. */
export interface Firing {
  readonly key: string
  /** The instant it was meant for; firing may be later, never earlier. */
  readonly due: Date
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * Work at an instant. Firings are set by `setTimer` (src/timers.ts) in the transaction of what they
 * follow from, or in SQL by a row of `journal.timer`; `handle` runs in the transaction that marks
 * the firing as done, so that it happens once, on whichever replica. It MUST look at the present
 * state first: what it was set for may be over. A failure undoes it, and it is tried again for ever.
 */
export interface Timer {
  /** `<service>.<what>`, unique in the hub. */
  readonly name: string
  /**
   * Fires by itself at whole multiples of this since 1970, in milliseconds. Turns missed while the
   * hub was down are made up for by one.
   */
  readonly everyMs?: number
  readonly handle: (tx: Tx, firing: Firing, ctx: Context) => Promise<void>
}

/** The table of contents of a service: contents only, no behaviour. */
export interface Service {
  readonly name: string
  readonly routes: readonly Route[]
  readonly consumers: readonly Consumer[]
  readonly jobs: readonly Job[]
  readonly timers?: readonly Timer[]
  readonly problems: Problems
  /** The event under which refused attempts enter the journal. */
  readonly refused: EventType
}
