import { sql as query } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import type { Actor } from './actor.ts'
import { ARRAY_TYPES } from './arrays.ts'
import { gather, type Gathered } from './gather.ts'
import { surviveLoss } from './lost-connection.ts'

type Drizzle = PostgresJsDatabase

/** An open transaction that carries an actor. Writers take this and never the pool. */
export type Tx = Parameters<Parameters<Drizzle['transaction']>[0]>[0]

/** A service's own door to Postgres, logged in as its own role. */
export interface Db {
  /**
   * The only way to a transaction: sets `app.agency` (an array literal with one agency, or `{}`)
   * and `app.actor` for row-level security, and for this transaction alone.
   */
  withActor<T>(actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Calls a published set-based function with rows as one JSON array: one round trip, one
   * transaction, prepared. `name` is `schema.function` and MUST be a literal of the code.
   */
  call<Result extends object>(name: string, rows: readonly object[]): Promise<Result[]>
  /**
   * Gathers concurrent single rows into set-based calls of `name`: at most 64 rows a call and two
   * calls in flight. The function MUST return one row per input with its index as `i`.
   */
  gathered<Row extends object, Result extends { i: number }>(name: string): Gathered<Row, Result>
  /** True when the server answers within the time given, in milliseconds. */
  isUp(timeoutMs: number): Promise<boolean>
  end(): Promise<void>
}

export interface DbOptions {
  readonly url: string
  /** Most connections held at once. */
  readonly connections: number
}

const FUNCTION_NAME = /^[a-z_]+\.[a-z_]+$/

export const connect = (options: DbOptions): Db => {
  const client = postgres(options.url, {
    max: options.connections,
    onnotice: () => {},
    fetch_types: false,
    types: ARRAY_TYPES,
    connect_timeout: 10,
    idle_timeout: 60,
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 2),
    connection: {
      application_name: 'titian',
      // Plans are kept for a connection's life, and those made while tables are almost empty would
      // read the whole of them for ever: every question of a service has its index.
      enable_seqscan: false,
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 10_000,
    },
  })
  const orm = drizzle(surviveLoss(client))
  const call = async <Result extends object>(name: string, rows: readonly object[]) => {
    if (!FUNCTION_NAME.test(name)) throw new TypeError(`not a function name: ${name}`)
    const text = `select * from ${name}($1::text::jsonb)`
    const result = await client.unsafe(text, [JSON.stringify(rows)], { prepare: true })
    return result as unknown as Result[]
  }
  const calls = new Map<string, Gathered<object, { i: number }>>()
  return {
    call,
    withActor: (actor, work) =>
      orm.transaction(async (tx) => {
        const agencies = actor.agency === null ? '{}' : `{${actor.agency}}`
        await tx.execute(
          query`select set_config('app.agency', ${agencies}, true), set_config('app.actor', ${actor.id}, true)`,
        )
        return await work(tx)
      }),
    gathered: <Row extends object, Result extends { i: number }>(name: string) => {
      const known = calls.get(name) ?? gather((rows) => call<{ i: number }>(name, rows))
      calls.set(name, known)
      return known as unknown as Gathered<Row, Result>
    },
    isUp: async (timeoutMs) => {
      const timer = AbortSignal.timeout(timeoutMs)
      const late = new Promise<false>((done) => {
        timer.addEventListener('abort', () => done(false), { once: true })
      })
      const answer = client`select 1`.then(
        () => true,
        () => false,
      )
      return await Promise.race([answer, late])
    },
    end: () => client.end({ timeout: 5 }),
  }
}

/** SQLSTATE of a database error, whether drizzle wrapped it or not. */
export const sqlStateOf = (error: unknown): string | null => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = (cause as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null
}
