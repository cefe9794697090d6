// Goal: a firing happens once, never early, and none is left out, whatever goes wrong meanwhile.
// Method: a service of the test's own, several replicas of it, and a clock that the test turns.
import postgres from 'postgres'
import t from 'tap'
import { sql as query } from 'drizzle-orm'
import { HUB } from '../../src/actor.ts'
import { connect } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import type { Service, Timer } from '../../src/service.ts'
import { dropTimer, setTimer, type NewFiring } from '../../src/timers.ts'
import { startHub, type TestHub } from '../helpers/hub.ts'
import type { Teardown } from '../helpers/run.ts'
import { standingClock } from '../helpers/standing-clock.ts'
import { until } from '../helpers/until.ts'

const serviceOf = (...timers: Timer[]): Service => ({
  name: 'referrals',
  routes: [],
  consumers: [],
  jobs: [],
  timers,
  problems: {},
  refused: 'referrals.referral.refused.v1',
})

const doorTo = (t: Teardown, hub: TestHub) => {
  const db = connect({ url: hub.database.urlOf('titian_referrals'), connections: 2 })
  const admin = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
  t.teardown(() => Promise.all([db.end(), admin.end()]))
  const set = (firing: NewFiring) => db.withActor(HUB, (tx) => setTimer(tx, firing))
  return { db, admin, set }
}

const START = '2026-11-24T01:00:00.000Z'
const NAME = 'referrals.test'

t.test('three replicas, three hundred firings, each once, after a night of downtime', async (t) => {
  const clock = standingClock(START)
  // The work is a row in the transaction of the firing: doubled work would be seen.
  const timer: Timer = {
    name: NAME,
    handle: async (tx, { key, due }) => {
      await tx.execute(query`
        insert into journal.inbox (consumer, entry) values ('test', ${key})`)
      if (due > clock.now()) throw new Error('too early')
    },
  }
  const first = await startHub(t, { services: [serviceOf(timer)], now: clock.now })
  const door = doorTo(t, first)
  const keys = Array.from({ length: 300 }, newId)
  await door.db.withActor(HUB, async (tx) => {
    for (const [index, key] of keys.entries()) {
      const due = new Date(Date.parse(START) + (index + 1) * 60_000)
      await setTimer(tx, { name: NAME, key, due })
    }
  })
  const fired = async (hubs: readonly TestHub[]) => {
    await Promise.all(hubs.map((hub) => hub.fireTimers()))
    const [row] = await door.admin`
      select count(*)::int as n, count(distinct entry)::int as apart from journal.inbox`
    return row
  }
  t.same(await fired([first]), { n: 0, apart: 0 }, 'nothing is due yet')
  clock.set('2026-11-24T02:00:00.000Z')
  t.same(await fired([first]), { n: 60, apart: 60 }, 'an hour, the instant itself included')
  await first.close()
  clock.set('2026-11-24T05:59:59.999Z')
  const replicas = await Promise.all(
    [1, 2, 3].map(() => startHub(t, { services: [serviceOf(timer)], now: clock.now, like: first })),
  )
  t.same(await fired(replicas), { n: 299, apart: 299 })
  clock.set('2026-11-24T06:00:00.000Z')
  t.same(await fired(replicas), { n: 300, apart: 300 })
  clock.set('2026-12-24T06:00:00.000Z')
  t.same(await fired(replicas), { n: 300, apart: 300 })
  const late =
    await door.admin`select key from journal.timer where fired_at < due or fired_at is null`
  t.same(late, [])
})

t.test('work that fails is undone and tried again; others do not wait for it', async (t) => {
  const clock = standingClock(START)
  let isBroken = true
  const done: string[] = []
  const timer: Timer = {
    name: NAME,
    handle: async (tx, { key, data }) => {
      await tx.execute(query`insert into journal.inbox (consumer, entry) values ('test', ${key})`)
      if (isBroken && data['breaks'] === true) throw new Error('broken')
      done.push(key)
    },
  }
  const hub = await startHub(t, { services: [serviceOf(timer)], now: clock.now })
  const door = doorTo(t, hub)
  const [bad, good] = [newId(), newId()]
  await door.set({ name: NAME, key: bad, due: new Date(START), data: { breaks: true } })
  await door.set({ name: NAME, key: good, due: new Date(START) })
  await until(() => done.length === 1, { what: 'the other firing, by the poll' })
  t.same(done, [good])
  const [waiting] = await door.admin`
    select tries, fired_at, due, try_at from journal.timer where key = ${bad}`
  t.match(waiting, { tries: 1, fired_at: null, due: new Date(START) })
  t.same(waiting?.['try_at'], new Date('2026-11-24T01:00:01.000Z'))
  t.equal((await door.admin`select from journal.inbox where entry = ${bad}`).length, 0)
  isBroken = false
  clock.set('2026-11-24T01:00:01.000Z')
  await until(() => done.length === 2, { what: 'the second try' })
  t.same(done, [good, bad])
})

t.test('a connection lost in the middle leaves the firing to be done once', async (t) => {
  const clock = standingClock(START)
  let runs = 0
  const timer: Timer = {
    name: NAME,
    handle: async (tx, { key }) => {
      runs += 1
      await tx.execute(query`insert into journal.inbox (consumer, entry) values ('test', ${key})`)
      if (runs === 1) await tx.execute(query`select pg_terminate_backend(pg_backend_pid())`)
    },
  }
  const hub = await startHub(t, { services: [serviceOf(timer)], now: clock.now })
  const door = doorTo(t, hub)
  const key = newId()
  await door.set({ name: NAME, key, due: new Date(START) })
  await until(
    async () =>
      (await door.admin`select from journal.timer where fired_at is not null`).length === 1,
    { what: 'the firing' },
  )
  t.equal(runs, 2)
  t.equal((await door.admin`select from journal.inbox where entry = ${key}`).length, 1)
})

t.test('a firing that waits can be moved and dropped; one that happened stays', async (t) => {
  const clock = standingClock(START)
  const done: string[] = []
  const timer: Timer = { name: NAME, handle: async (_tx, { key }) => void done.push(key) }
  const hub = await startHub(t, { services: [serviceOf(timer)], now: clock.now })
  const door = doorTo(t, hub)
  const later = new Date('2026-11-25T00:00:00Z')
  await door.set({ name: NAME, key: 'moved', due: new Date('2026-11-24T01:00:00.001Z') })
  await door.set({ name: NAME, key: 'moved', due: later })
  await door.set({ name: NAME, key: 'dropped', due: later })
  await door.db.withActor(HUB, (tx) => dropTimer(tx, NAME, 'dropped'))
  clock.set('2026-11-24T23:59:59.999Z')
  await hub.fireTimers()
  t.same(done, [])
  clock.set('2026-11-25T00:00:00.000Z')
  await hub.fireTimers()
  t.same(done, ['moved'])
  await door.set({ name: NAME, key: 'moved', due: later })
  await hub.fireTimers()
  t.same(done, ['moved'])
})

t.test('a recurring timer takes every turn, and one for all that were missed', async (t) => {
  const clock = standingClock(START)
  const turns: string[] = []
  const timer: Timer = {
    name: NAME,
    everyMs: 3_600_000,
    handle: async (_tx, { due }) => void turns.push(due.toISOString()),
  }
  const hub = await startHub(t, { services: [serviceOf(timer)], now: clock.now })
  await hub.fireTimers()
  t.same(turns, [])
  clock.set('2026-11-24T02:00:00Z')
  await hub.fireTimers()
  await hub.fireTimers()
  clock.set('2026-11-24T03:10:00Z')
  await hub.fireTimers()
  await hub.close()
  clock.set('2026-11-26T09:59:00Z')
  const again = await startHub(t, { services: [serviceOf(timer)], now: clock.now, like: hub })
  await again.fireTimers()
  clock.set('2026-11-26T10:00:00Z')
  await again.fireTimers()
  t.same(turns, [
    '2026-11-24T02:00:00.000Z',
    '2026-11-24T03:00:00.000Z',
    '2026-11-24T04:00:00.000Z',
    '2026-11-26T10:00:00.000Z',
  ])
})

t.test("a service's login sees its own timers alone", async (t) => {
  const hub = await startHub(t, { services: [] })
  const { db, set, admin } = doorTo(t, hub)
  const due = new Date(START)
  await set({ name: NAME, key: 'own', due })
  await t.rejects(set({ name: 'cases.test', key: 'foreign', due }))
  await admin`insert into journal.timer (name, key, due, try_at) values ('cases.test', 'x', now(), now())`
  const seen = await db.withActor(HUB, (tx) => tx.execute(query`select key from journal.timer`))
  t.same([...seen], [{ key: 'own' }])
})
