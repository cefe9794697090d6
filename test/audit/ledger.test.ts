// Goal: every entry gets one place, every agency numbers without a gap, and NATS hears all of it, in
// order, whatever breaks. Method: real writers, real servers, and what they hold read from outside.
import t, { type Test } from 'tap'
import { audit } from '../../services/audit/service.ts'
import { createSequencer } from '../../services/audit/sequencer.ts'
import { LEDGER_LOCK } from '../../services/audit/ledger.ts'
import { CompactRange, leafHash } from '../../services/audit/merkle.ts'
import { ledgerSigner } from '../../services/audit/signer.ts'
import { openCheckpoint, parseVerifierKey } from '../../src/proof/note.ts'
import type { JournalEvent } from '../../src/contracts/events.ts'
import { connect } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import { startHub, type TestHub } from '../helpers/hub.ts'
import {
  deleteStreams,
  openOutside,
  readStream,
  streamHolds,
  worker,
  type Outside,
} from '../helpers/ledger.ts'
import { startOwnNats } from '../helpers/own-nats.ts'
import { until } from '../helpers/until.ts'

/** Replicas are one hub: they share its address, which is in the name of its ledger. */
const env = { PUBLIC_URL: 'http://hub.example' }
const AGENCIES = Array.from({ length: 5 }, newId)
const sent = (concerned: string[]): JournalEvent => ({
  type: 'referrals.referral.sent.v1',
  concerned,
  object: newId(),
  data: { urgency: 'normal' },
})

/** `writers` at once, each for its agency, to another one. */
const writeAll = async ({ write }: Outside, writers: number, each: number): Promise<string[]> => {
  const all = Array.from({ length: writers }, (_, w) => {
    const [from, to] = [AGENCIES[w % 5]!, AGENCIES[(w + 1) % 5]!]
    return write(
      worker(from),
      Array.from({ length: each }, () => sent([to, to])),
    )
  })
  return (await Promise.all(all)).flat()
}

/** Checks all that holds of a ledger at any time, and gives the entries in their order. */
const checkLedger = async (t: Test, { sql }: Outside, hub: TestHub): Promise<string[]> => {
  const leaves = await sql`select position::int, leaf, hash from audit.leaf order by position`
  const tree = new CompactRange()
  leaves.forEach(({ position, leaf, hash }, i) => {
    if (position !== i || !leafHash(leaf).equals(hash)) t.fail(`leaf ${i}`)
    tree.append(hash)
  })
  const [newest] = await sql`select note from audit.checkpoint order by size desc limit 1`
  const { vkey } = ledgerSigner(hub)
  const head = await openCheckpoint(newest!['note'], await parseVerifierKey(vkey))
  t.same(
    [head.size, Buffer.from(head.root)],
    [tree.size, tree.root()],
    'the checkpoint is of these leaves',
  )
  const feeds = await sql`
    select agency, array_agg(n::int order by position) as n from audit.feed group by agency`
  for (const { agency, n } of feeds) {
    t.same(
      n,
      Array.from(n, (_, i) => i + 1),
      `gap-free 1..${n.length} of ${agency}`,
    )
  }
  const rows = await sql`select entry from audit.disclosure order by position`
  return rows.map(({ entry }) => entry)
}

/** Waits until NATS holds what the ledger says, once and in order. */
const checkStreams = async (t: Test, { sql }: Outside, url: string): Promise<void> => {
  const rows = await sql`
    select d.entry, f.agency, f.n::int from audit.disclosure d
      left join lateral unnest(d.concerned, d.numbers) f (agency, n) on true
     order by d.position`
  const entries = [...new Set(rows.map(({ entry }) => entry))]
  await streamHolds(url, 'HUB', entries.length)
  await streamHolds(url, 'AGENCY', rows.length)
  const [hubs, agencies] = [await readStream(url, 'HUB'), await readStream(url, 'AGENCY')]
  t.same(
    hubs.map(({ id }) => id),
    entries,
    'HUB',
  )
  const ids = agencies.map(({ id }) => id)
  t.equal(new Set(ids).size, rows.length)
  t.equal(ids.length, rows.length, 'AGENCY')
  for (const agency of AGENCIES) {
    const heard = agencies.filter(({ subject }) => subject.startsWith(`agency.${agency}.`))
    const numbers = rows.filter((row) => row['agency'] === agency).map(({ n }) => n)
    t.same(
      heard.map(({ body }) => body['n']),
      numbers,
      'numbers in order',
    )
  }
}

const leaders = async ({ sql }: Outside): Promise<number[]> => {
  const rows = await sql`
    select pid from pg_locks where locktype = 'advisory' and objid = ${LEDGER_LOCK}
      and database = (select oid from pg_database where datname = current_database())`
  return rows.map(({ pid }) => pid)
}

t.test('20 writers at once, then the streams are lost', async (t) => {
  const hub = await startHub(t, { services: [audit], env })
  const outside = openOutside(t, hub)
  const written = await writeAll(outside, 20, 15)
  await outside.placed()
  const placed = await checkLedger(t, outside, hub)
  t.same([...placed].sort(), [...written].sort(), 'each entry once')
  await checkStreams(t, outside, hub.natsUrl)
  const [first] = await readStream(hub.natsUrl, 'HUB')
  t.match(first, {
    subject: 'hub.referrals.referral.sent.v1',
    body: { position: 0, entry: first!.id },
  })

  await deleteStreams(hub.natsUrl)
  await checkStreams(t, outside, hub.natsUrl)
  t.pass('published again while nobody writes')

  await deleteStreams(hub.natsUrl)
  await writeAll(outside, 5, 5)
  await outside.placed()
  await checkStreams(t, outside, hub.natsUrl)
})

t.test('one of two leads, and the other takes over', async (t) => {
  const hub = await startHub(t, { services: [audit], env })
  const outside = openOutside(t, hub)
  const pid = await until(async () => (await leaders(outside))[0], { what: 'a leader' })
  const second = await startHub(t, { services: [audit], like: hub, env })
  await writeAll(outside, 10, 10)
  t.same(await leaders(outside), [pid], 'the first leads')

  const writing = writeAll(outside, 10, 20)
  await outside.sql`select pg_terminate_backend(${pid})`
  await until(async () => (await leaders(outside)).some((other) => other !== pid), {
    what: 'another to lead',
  })
  await writing
  await outside.placed()
  t.equal((await checkLedger(t, outside, hub)).length, 300)

  await hub.close()
  await writeAll(outside, 5, 5)
  await outside.placed()
  t.equal((await leaders(outside)).length, 1)
  t.equal((await checkLedger(t, outside, second)).length, 325)
  await second.close()
  t.same(await leaders(outside), [], 'whoever stops, stops leading')
})

t.test('two that write at once cannot both succeed', async (t) => {
  const hub = await startHub(t, { services: [], env })
  const outside = openOutside(t, hub)
  const db = connect({ url: hub.database.urlOf('titian_audit'), connections: 4 })
  t.teardown(() => db.end())
  const rivals = [1, 2, 3].map(() => createSequencer(db, ledgerSigner(hub), hub.keys))
  const writing = writeAll(outside, 10, 25)
  let isWritten = false
  void writing.then(() => (isWritten = true))
  const refused = await Promise.all(
    rivals.map(async ({ place }) => {
      let failures = 0
      for (let rest = 1; rest > 0 || !isWritten;) {
        try {
          rest = await place()
        } catch {
          failures += 1
        }
      }
      return failures
    }),
  )
  await writing
  await outside.placed()
  const placed = await checkLedger(t, outside, hub)
  t.equal(placed.length, 250)
  t.ok(
    refused.some((failures) => failures > 0),
    `refused: ${refused}`,
  )
})

t.test('what was placed before a crash is announced after it', async (t) => {
  const stopped = await startHub(t, { services: [], env })
  const outside = openOutside(t, stopped)
  const db = connect({ url: stopped.database.urlOf('titian_audit'), connections: 2 })
  await writeAll(outside, 5, 12)
  const { place } = createSequencer(db, ledgerSigner(stopped), stopped.keys)
  while ((await place()) > 0);
  await db.end()
  const own = await startOwnNats()
  t.teardown(() => own.end())
  const hub = await startHub(t, { services: [audit], like: { ...stopped, natsUrl: own.url }, env })
  await checkStreams(t, outside, own.url)

  await own.stop()
  await writeAll(outside, 5, 12)
  await outside.placed()
  t.equal((await checkLedger(t, outside, hub)).length, 120, 'placed while NATS was away')
  await own.start()
  await checkStreams(t, outside, own.url)

  await own.loseStore()
  await checkStreams(t, outside, own.url)
})

t.test('a journal entry that cannot be read back is not lost with its batch', async (t) => {
  const hub = await startHub(t, { services: [audit], env })
  const outside = openOutside(t, hub)
  const data = { text: '\u{1f600} "quoted" \\ \u2028', list: ['a', 'b'], none: null, n: 1e21 }
  const event = { ...sent([]), categories: ['identity'], purpose: 'shelter', reason: 'x', data }
  await outside.write({ ...worker(AGENCIES[0]!), agency: null }, [event])
  await outside.write(worker(AGENCIES[0]!), [event])
  await outside.placed()
  t.equal((await checkLedger(t, outside, hub)).length, 2)
  const rows = await outside.sql`select numbers::text, data from audit.disclosure order by position`
  t.same(
    rows.map(({ numbers }) => numbers),
    ['{}', '{1}'],
    'one concerns nobody',
  )
  t.same(rows[0]!['data'], data)
})
