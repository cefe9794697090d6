// Goal: a database that goes away ends a transaction and never the process. Method: the server ends
// the connection while a query runs, while nothing runs and a query follows, and before the commit;
// a proxy ends it at each step of its beginning.
import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { HUB } from '../src/actor.ts'
import { connect, type Tx } from '../src/db.ts'
import { isOutage } from '../src/outage.ts'
import { createDatabase } from './helpers/database.ts'
import type { Teardown } from './helpers/run.ts'
import { until } from './helpers/until.ts'

t.test('a connection that is lost in a transaction', async (t) => {
  const database = await createDatabase(t)
  const admin = postgres(database.adminUrl, { max: 1 })
  const db = connect({ url: database.urlOf('titian_directory'), connections: 2 })
  t.teardown(async () => {
    await db.end()
    await admin.end()
  })
  const pidOf = async (tx: Tx): Promise<number> => {
    const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    return row!.pid
  }
  const end = async (pid: number): Promise<void> => {
    await admin`select pg_terminate_backend(${pid})`
    await until(
      async () => (await admin`select 1 from pg_stat_activity where pid = ${pid}`).length === 0,
      { what: 'the connection to end' },
    )
  }

  t.test('while a query runs', async (t) => {
    const lost = db.withActor(HUB, async (tx) => {
      const pid = await pidOf(tx)
      await Promise.all([tx.execute(sql`select pg_sleep(60)`), end(pid)])
    })
    await t.rejects(lost.catch((error: Error) => Promise.reject(error.cause ?? error)))
  })

  t.test('while nothing runs, and a query follows', async (t) => {
    const lost = db.withActor(HUB, async (tx) => {
      await end(await pidOf(tx))
      await tx.execute(sql`select 1`)
    })
    await t.rejects(lost, { code: 'CONNECTION_CLOSED' })
  })

  t.test('before it would commit', async (t) => {
    const lost = db.withActor(HUB, async (tx) => {
      await end(await pidOf(tx))
    })
    // The server's last word may arrive before the end of the connection is seen.
    await t.rejects(lost, { code: /^(CONNECTION_CLOSED|57P01)$/ })
  })

  t.test('and the next transaction is as any other', async (t) => {
    for (let i = 0; i < 4; i++) t.ok((await db.withActor(HUB, pidOf)) > 0)
    await t.rejects(
      db.withActor(HUB, () => Promise.reject(new Error('its own'))),
      { message: 'its own' },
    )
    t.ok((await db.withActor(HUB, pidOf)) > 0)
  })
})

/** A way to the server that breaks the first connection when the client has spoken so many times. */
const startBreakingProxy = async (t: Teardown, target: URL, afterTurns: number) => {
  let connections = 0
  const server = createServer((near) => {
    connections += 1
    const isFirst = connections === 1
    let turns = 0
    const far = createConnection(Number(target.port), target.hostname)
    const cut = (): void => {
      near.resetAndDestroy()
      far.destroy()
    }
    near.on('data', (bytes) => {
      turns += 1
      if (isFirst && turns === afterTurns) cut()
      else far.write(bytes)
    })
    far.on('data', (bytes) => near.write(bytes))
    for (const socket of [near, far]) socket.on('error', cut).on('close', cut)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)
  return url.href
}

t.test('a connection that is lost while it is made', async (t) => {
  const database = await createDatabase(t)
  const target = new URL(database.urlOf('titian_directory'))
  for (let turns = 1; turns <= 6; turns += 1) {
    const url = await startBreakingProxy(t, target, turns)
    const db = connect({ url, connections: 1 })
    const [first] = await Promise.allSettled([db.withActor(HUB, async () => 'done')])
    if (first.status === 'rejected') t.ok(isOutage(first.reason), `an outage, after ${turns}`)
    t.equal(await db.withActor(HUB, async () => 'done'), 'done', `and then not, after ${turns}`)
    await db.end()
  }
})
