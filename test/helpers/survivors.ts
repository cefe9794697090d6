import { AckPolicy, connect as connectNats, DeliverPolicy, nanos, type NatsConnection } from 'nats'
import postgres from 'postgres'
import type { Test } from 'tap'
import { BUNDLE_FORMAT } from '../../src/proof/bundle.ts'
import { parsePolicy } from '../../src/proof/policy.ts'
import { verifyBundle } from '../../src/proof/verify.ts'
import type { AuditPage, Consistency, Inclusion } from '../../src/contracts/audit.ts'
import type { CaseRead } from '../../src/contracts/case.ts'
import type { FeedItem } from '../../src/contracts/events.ts'
import type { FeedPage } from '../../src/contracts/feed.ts'
import type { Static } from 'typebox'
import type { HubProcess } from './hub-process.ts'
import { REFERRED_STAGES, type Acknowledged, type Partner, type Partners } from './partners.ts'
import { until } from './until.ts'

const SENT = 'referrals.referral.sent.v1'
const SETTLE_TIMEOUT_MS = 60_000
const PROVEN = 25

/** Null when both say the same; else the first place where they do not. Fast on long lists. */
const differenceOf = (found: readonly unknown[], wanted: readonly unknown[]): string | null => {
  for (let index = 0; index < Math.max(found.length, wanted.length); index += 1) {
    const [one, other] = [found[index], wanted[index]].map((value) => JSON.stringify(value))
    if (one !== other) return `at ${index}: ${one} instead of ${other}`
  }
  return null
}

const sameList = (t: Test, found: readonly unknown[], wanted: readonly unknown[], text: string) =>
  t.equal(differenceOf(found, wanted), null, text)

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const sorted = (ids: Iterable<string>): string[] => [...ids].toSorted()

const countsOf = (ids: readonly (string | null)[]): Map<string | null, number> => {
  const counts = new Map<string | null, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

const withNats = async <T>(
  natsUrl: string,
  work: (nc: NatsConnection) => Promise<T>,
): Promise<T> => {
  const { host, username: user, password: pass } = new URL(natsUrl)
  const nc = await connectNats({ servers: host, user, pass, reconnect: false })
  try {
    return await work(nc)
  } finally {
    await nc.close()
  }
}

/** How much the streams store, and how much of HUB the durable consumer has yet to finish. */
const progressOf = (natsUrl: string) =>
  withNats(natsUrl, async (nc) => {
    const jsm = await nc.jetstreamManager()
    const [hub, agency] = [await jsm.streams.info('HUB'), await jsm.streams.info('AGENCY')]
    const { num_pending, num_ack_pending } = await jsm.consumers.info('HUB', 'cases-stages')
    return {
      hub: hub.state.messages,
      agency: agency.state.messages,
      left: num_pending + num_ack_pending,
    }
  })

interface Stored {
  readonly subject: string
  readonly body: Readonly<Record<string, unknown>>
}

/** All that a stream holds, in order, read by a consumer of the test's own. */
const readStream = (natsUrl: string, stream: string): Promise<Stored[]> =>
  withNats(natsUrl, async (nc) => {
    const jsm = await nc.jetstreamManager()
    const { messages } = (await jsm.streams.info(stream)).state
    const { name } = await jsm.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
      inactive_threshold: nanos(60_000),
    })
    const consumer = await nc.jetstream().consumers.get(stream, name)
    const stored: Stored[] = []
    for await (const message of await consumer.fetch({ max_messages: messages, expires: 10_000 })) {
      stored.push({ subject: message.subject, body: message.json() })
    }
    await jsm.consumers.delete(stream, name)
    return stored
  })

/** Resolves when all is placed, all of that announced, and all of that consumed. Gives the size. */
export const settled = async (hub: HubProcess): Promise<number> => {
  const sql = postgres(await hub.adminUrl(), { max: 1, onnotice: () => {} })
  const sizes = async () => {
    const [row] = await sql<{ leaves: number; numbers: number }[]>`
      select (select count(*)::int from audit.leaf) as leaves,
             (select count(*)::int from audit.feed) as numbers`
    return { leaves: row?.leaves ?? 0, numbers: row?.numbers ?? 0 }
  }
  const look = async (): Promise<number | null> => {
    const { leaves, numbers } = await sizes()
    const stored = await progressOf(await hub.natsUrl())
    if (stored.hub < leaves || stored.agency < numbers || stored.left > 0) return null
    const staged = await sql`select from journal.entry limit 1`
    return staged.length === 0 && (await sizes()).leaves === leaves ? leaves : null
  }
  try {
    return await until(look, { what: 'the hub to settle', timeoutMs: SETTLE_TIMEOUT_MS })
  } finally {
    await sql.end()
  }
}

const readFeed = async (partner: Partner): Promise<FeedItem[]> => {
  const items: FeedItem[] = []
  for (let next: string | null = '0'; next !== null;) {
    const page: FeedPage = await partner.get(`/v1/feed?limit=500&after=${next}`)
    items.push(...page.items)
    next = page.next
  }
  return items
}

const checkDatabase = async (t: Test, hub: HubProcess, all: readonly Acknowledged[]) => {
  const sql = postgres(await hub.adminUrl(), { max: 1, onnotice: () => {} })
  try {
    const ids = sorted(all.map(({ sent }) => sent.id))
    const ledger = await sql<{ object: string }[]>`
      select object from audit.disclosure where type = ${SENT} and outcome = 'ok' order by object`
    sameList(
      t,
      sorted(ledger.map(({ object }) => object)),
      ids,
      'each hand-off is in the ledger once',
    )
    const rows = await sql<{ id: string }[]>`select id from referrals.referral`
    sameList(
      t,
      sorted(rows.map(({ id }) => id)),
      ids,
      'each key made one referral, and no other is there',
    )
    const keys = all.map(({ handOff }) => handOff.key)
    const answers = await sql<{ key: string; id: string }[]>`
      select key, body ->> 'id' as id from journal.answer where key = any(${keys})`
    const idOf = new Map(answers.map(({ key, id }) => [key, id]))
    const isSame = all.every(({ handOff, sent }) => idOf.get(handOff.key) === sent.id)
    t.ok(isSame, 'each key answers with the referral that was acknowledged')
    const [leaves] = await sql<{ n: string; last: string }[]>`
      select count(*) as n, max(position) + 1 as last from audit.leaf`
    t.equal(leaves?.n, leaves?.last, 'the ledger has no hole')
  } finally {
    await sql.end()
  }
}

/** Numbers 1..n, by pages and live alike; each hand-off once at both its ends, elsewhere never. */
const checkFeeds = async (
  t: Test,
  { sender, all: partners }: Partners,
  all: readonly Acknowledged[],
): Promise<Map<string, number>> => {
  const lengths = new Map<string, number>()
  for (const partner of partners) {
    const items = await readFeed(partner)
    lengths.set(partner.agency, items.length)
    sameList(
      t,
      items.map(({ n }) => n),
      oneTo(items.length),
      `feed of ${partner.agency}: 1 to ${items.length}`,
    )
    const isTold = ({ handOff }: Acknowledged): boolean =>
      partner === sender || handOff.recipient === partner.agency
    const told = countsOf(items.filter(({ type }) => type === SENT).map(({ object }) => object))
    const wanted = all.filter(isTold).map(({ sent }) => sent.id)
    sameList(
      t,
      sorted(told.keys() as Iterable<string>),
      sorted(wanted),
      'every hand-off is in it, no other',
    )
    t.ok(
      [...told.values()].every((count) => count === 1),
      'once',
    )
    await until(() => partner.heard.length >= items.length, { what: 'the live connection' })
    sameList(t, partner.heard, items, 'the live connection gave the same, in order and once')
  }
  return lengths
}

const checkStages = async (t: Test, { sender }: Partners, all: readonly Acknowledged[]) => {
  const states = new Map<string, number>()
  for (const id of new Set(all.map(({ handOff }) => handOff.case))) {
    const { stages } = await sender.get<CaseRead>(`/v1/cases/${id}`)
    if (stages.length !== REFERRED_STAGES) t.fail(`case ${id} has ${stages.length} stages`)
    for (const { state } of stages) states.set(state, (states.get(state) ?? 0) + 1)
  }
  t.same([...states.keys()], ['referred'], 'every stage followed its referral')
}

const checkStreams = async (
  t: Test,
  hub: HubProcess,
  size: number,
  lengths: ReadonlyMap<string, number>,
) => {
  const url = await hub.natsUrl()
  const positions = (await readStream(url, 'HUB')).map(({ body }) => body['position'])
  const wanted = oneTo(size).map((n) => n - 1)
  sameList(t, positions, wanted, 'HUB holds each position once, in order')
  const numbers = new Map<string, unknown[]>()
  for (const { subject, body } of await readStream(url, 'AGENCY')) {
    const agency = subject.split('.')[1] ?? ''
    const found = numbers.get(agency) ?? []
    found.push(body['n'])
    numbers.set(agency, found)
  }
  for (const [agency, length] of lengths) {
    const text = `AGENCY holds each number of ${agency} once, in order`
    sameList(t, numbers.get(agency) ?? [], oneTo(length), text)
  }
}

/** A checkpoint that the agency keeps, as partners do. */
export const keepCheckpoint = ({ sender }: Partners): Promise<string> =>
  sender.get<string>('/v1/audit/checkpoint')

const sizeOfNote = (note: string): number => Number(note.split('\n')[1])

/** Inclusion of a sample, and that history only grew. */
const checkTrail = async (t: Test, { sender }: Partners, kept: string) => {
  const { get } = sender
  const page = await get<Static<typeof AuditPage>>(
    `/v1/audit/entries?type=${SENT}&order=newest&limit=${PROVEN * 8}`,
  )
  const items = page.items.filter((_, index) => index % 8 === 0).reverse()
  const checkpoint = await get<string>('/v1/audit/checkpoint')
  const size = sizeOfNote(checkpoint)
  const inclusions = await Promise.all(
    items.map(({ position }) =>
      get<Static<typeof Inclusion>>(`/v1/audit/inclusion?position=${position}&size=${size}`),
    ),
  )
  const consistency = await get<Static<typeof Consistency>>(
    `/v1/audit/consistency?from=${sizeOfNote(kept)}&to=${size}`,
  )
  const policy = await parsePolicy(`log ${await get<string>('/v1/audit/key')}quorum none\n`)
  const bundle = {
    format: BUNDLE_FORMAT,
    agency: sender.agency,
    numbers: null,
    checkpoint,
    head: null,
    earlier: [{ size: consistency.from, proof: consistency.proof }],
    entries: items.map(({ position, leaf, disclosures }, i) => ({
      position,
      leaf,
      disclosures,
      proof: inclusions[i]?.proof ?? [],
    })),
  } as const
  const verdict = await verifyBundle(bundle, policy, { kept: [kept] })
  t.equal(items.length, PROVEN, 'a sample')
  t.same(verdict.findings, [], 'is proven to be in the ledger, which only grew')
}

/** Everything acknowledged survived, once, in every place where it must be. */
export const checkSurvival = async (
  t: Test,
  hub: HubProcess,
  partners: Partners,
  all: readonly Acknowledged[],
  kept: string,
): Promise<number> => {
  const size = await settled(hub)
  await checkDatabase(t, hub, all)
  const lengths = await checkFeeds(t, partners, all)
  await checkStages(t, partners, all)
  await checkStreams(t, hub, size, lengths)
  await checkTrail(t, partners, kept)
  return size
}
