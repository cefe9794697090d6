import { connect as connectNats, type JetStreamManager } from 'nats'
import postgres from 'postgres'
import type { Actor } from '../../src/actor.ts'
import type { JournalEvent } from '../../src/contracts/events.ts'
import { connect } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import { append } from '../../src/journal.ts'
import type { TestHub } from './hub.ts'
import type { Teardown } from './run.ts'
import { until } from './until.ts'

export interface Outside {
  /** As the superuser, past row-level security. */
  readonly sql: postgres.Sql
  /** Appends entries as the service `referrals` does, each in its own transaction. */
  write(actor: Actor, events: readonly JournalEvent[]): Promise<string[]>
  /** Resolves when the journal is empty. */
  placed(): Promise<void>
}

/** What the ledger works on, seen and written from outside it. */
export const openOutside = (t: Teardown, { database }: Pick<TestHub, 'database'>): Outside => {
  const sql = postgres(database.adminUrl, { max: 2, onnotice: () => {} })
  const db = connect({ url: database.urlOf('titian_referrals'), connections: 20 })
  t.teardown(async () => {
    await db.end()
    await sql.end()
  })
  return {
    sql,
    write: async (actor, events) => {
      const ids: string[] = []
      for (const event of events) {
        ids.push((await db.withActor(actor, (tx) => append(tx, actor, event))).entry)
      }
      return ids
    },
    placed: async () => {
      await until(async () => (await sql`select 1 from journal.entry limit 1`).length === 0, {
        what: 'the journal to be placed',
      })
    },
  }
}

export const worker = (agency: string): Actor => ({
  kind: 'person',
  id: newId(),
  agency,
  roles: ['case_worker'],
  scopes: [],
})

export interface Stored {
  readonly id: string
  readonly subject: string
  readonly body: Record<string, unknown>
}

const withManager = async <T>(url: string, work: (jsm: JetStreamManager) => Promise<T>) => {
  const { username: user, password: pass, host } = new URL(url)
  const nc = await connectNats({ servers: host, user, pass })
  try {
    return await work(await nc.jetstreamManager())
  } finally {
    await nc.close()
  }
}

/** Resolves when a stream holds at least so many messages. */
export const streamHolds = (url: string, name: string, count: number): Promise<unknown> =>
  withManager(url, (jsm) =>
    until(async () => (await jsm.streams.info(name)).state.messages >= count, {
      what: `${count} messages in ${name}`,
      timeoutMs: 20_000,
    }),
  )

/** All that a stream holds, in order, read without our own code. */
export const readStream = (url: string, name: string): Promise<Stored[]> =>
  withManager(url, async (jsm) => {
    const { state } = await jsm.streams.info(name)
    const seqs = Array.from({ length: state.messages }, (_, i) => state.first_seq + i)
    const messages = await Promise.all(seqs.map((seq) => jsm.streams.getMessage(name, { seq })))
    return messages.map((message) => ({
      id: message.header.get('Nats-Msg-Id'),
      subject: message.subject,
      body: message.json<Record<string, unknown>>(),
    }))
  })

export const deleteStreams = (url: string): Promise<void> =>
  withManager(url, async (jsm) => {
    for (const name of ['HUB', 'AGENCY']) await jsm.streams.delete(name)
  })
