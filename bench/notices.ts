import { randomUUID } from 'node:crypto'
import { cpus, loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { SignJWT } from 'jose'
import { connect } from 'nats'
import postgres from 'postgres'
import { WebSocket, WebSocketServer } from 'ws'
import { ACCESS_TOKEN_TYPE, audienceOf, issuerOf } from '../src/contracts/token.ts'
import { newId } from '../src/id.ts'
import { prepareField, type Field } from './cases.ts'
import { faultOf, join, type Member } from './crowd.ts'
import { openPlace, type Place } from './place.ts'

const AGENCIES = 20
const SOCKETS_PER_AGENCY = 10
const EVENTS = 10_000
/** A multiple of AGENCIES, so that every feed grows by the same. */
const BATCH = 200
const SLOW_ITEMS_PER_SECOND = 400
const DROPPED_PART = 0.1

const RATE = 50
const LATENCY_S = 20
const BARE = 500

const percentile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}

const tokenOf = ({ config, keys }: Place, agency: string): Promise<string> =>
  new SignJWT({ sub: newId(), client_id: 'bench', agency, roles: ['intake_worker'] })
    .setProtectedHeader({ alg: 'ES256', typ: ACCESS_TOKEN_TYPE, kid: keys.tokens.kid })
    .setIssuer(issuerOf(config.publicUrl))
    .setAudience(audienceOf(config.publicUrl))
    .setIssuedAt()
    .setExpirationTime('2h')
    .setJti(randomUUID())
    .sign(keys.tokens.privateKey)

const until = async (what: string, isDone: () => boolean): Promise<void> => {
  const deadline = Date.now() + 180_000
  while (!isDone()) {
    if (Date.now() > deadline) throw new Error(`timed out waiting for ${what}`)
    await pause(20)
  }
}

interface Exactness {
  readonly faults: readonly string[]
  readonly drops: number
  readonly seconds: number
  readonly rssMb: number
  readonly rssBeforeMb: number
}

const rssMb = (): number => Math.round(process.memoryUsage().rss / 1_048_576)

/** Every event concerns two neighbours of the ring of agencies. */
const writeEvents = async (place: Place, agencies: readonly string[], count: number) => {
  await place.admin`
    insert into journal.entry (type, actor, concerned, object)
    select 'referrals.referral.sent.v1', 'hub',
           array[(${[...agencies]}::uuid[])[1 + n % ${AGENCIES}], (${[...agencies]}::uuid[])[1 + (n + 1) % ${AGENCIES}]],
           journal.new_id()
      from generate_series(1, ${count}::int) n`
}

/** Whether 200 sockets that are cut off at random, one agency being slow, get exactly their own. */
const measureExactness = async (place: Place): Promise<Exactness> => {
  const agencies = Array.from({ length: AGENCIES }, newId)
  const [slow] = agencies
  const rssBeforeMb = rssMb()
  const members: Member[] = []
  for (const agency of agencies) {
    const token = await tokenOf(place, agency)
    const pace = agency === slow ? { itemsPerSecond: SLOW_ITEMS_PER_SECOND } : {}
    for (let n = 0; n < SOCKETS_PER_AGENCY; n += 1) {
      members.push(join({ url: place.url, agency, token, ...pace }))
    }
  }
  const each = (EVENTS * 2) / AGENCIES
  const began = performance.now()
  let highest = 0
  for (let written = 0; written < EVENTS; written += BATCH) {
    await writeEvents(place, agencies, BATCH)
    for (const member of members) if (Math.random() < DROPPED_PART) member.drop()
    await pause(50)
    highest = Math.max(highest, rssMb())
  }
  await until('every socket', () => members.every(({ numbers }) => numbers.length >= each))
  const seconds = (performance.now() - began) / 1000
  const faults = members.map((member) => faultOf(member, each)).filter((fault) => fault !== null)
  const drops = members.reduce((sum, member) => sum + member.drops(), 0)
  for (const member of members) member.stop()
  return { faults, drops, seconds, rssMb: Math.max(highest, rssMb()), rssBeforeMb }
}

const post = async (place: Place, field: Field, n: number): Promise<string> => {
  const answer = await fetch(`${place.url}/v1/referrals`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${field.token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({
      case: field.cases[n % field.cases.length],
      service: field.services[Math.floor(n / field.cases.length) % field.services.length],
      urgency: 'urgent',
      categories: field.categories,
    }),
  })
  if (answer.status !== 201) throw new Error(`a hand-off was answered ${answer.status}`)
  return ((await answer.json()) as { id: string }).id
}

/** From the moment a POST is sent until its event arrives at the recipient's socket. */
const measureArrival = async (place: Place, field: Field): Promise<number[]> => {
  const arrived = new Map<string, number>()
  const token = await tokenOf(place, field.recipient)
  const member = join({
    url: place.url,
    agency: field.recipient,
    token,
    onItem: ({ object }, at) => void arrived.set(object ?? '', at),
  })
  const posted: Promise<{ id: string; at: number }>[] = []
  const began = performance.now()
  for (let n = 0; n < RATE * LATENCY_S; n += 1) {
    await pause(Math.max(0, began + (n * 1000) / RATE - performance.now()))
    const at = performance.now()
    posted.push(post(place, field, n).then((id) => ({ id, at })))
  }
  const all = await Promise.all(posted)
  await until('every hand-off', () => all.every(({ id }) => arrived.has(id)))
  member.stop()
  return all.map(({ id, at }) => (arrived.get(id) ?? 0) - at)
}

const timed = async (work: () => Promise<unknown>): Promise<number[]> => {
  const times: number[] = []
  for (let n = 0; n < BARE; n += 1) {
    const at = performance.now()
    await work()
    times.push(performance.now() - at)
  }
  return times
}

/** What a commit, a stored message and a frame cost by themselves, one after the other. */
const measureBare = async (place: Place) => {
  const sql = postgres(place.databaseUrl, { max: 1, onnotice: () => {} })
  await sql.unsafe(
    'create schema if not exists bench; create table bench.bare (n int, at timestamptz)',
  )
  const commit = await timed(() => sql`insert into bench.bare values (1, clock_timestamp())`)
  await sql.end()
  const url = new URL(place.natsUrl)
  const nc = await connect({ servers: url.host, user: url.username, pass: url.password })
  const jsm = await nc.jetstreamManager()
  await jsm.streams.add({ name: 'BARE', subjects: ['bare'] })
  const js = nc.jetstream()
  const publish = await timed(() => js.publish('bare', 'x'.repeat(300)))
  await jsm.streams.delete('BARE')
  await nc.close()
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await new Promise((resolve) => socket.once('open', resolve))
  const echo = await timed(
    () =>
      new Promise((resolve) => {
        socket.once('message', resolve)
        socket.send('x'.repeat(300))
      }),
  )
  socket.terminate()
  server.close()
  return { commit, publish, echo }
}

const row = (name: string, times: readonly number[]): string =>
  `${name.padEnd(44)}${percentile(times, 0.5).toFixed(1).padStart(8)}${percentile(times, 0.99).toFixed(1).padStart(9)}`

const p = (times: readonly number[]) => ({
  p50_ms: Number(percentile(times, 0.5).toFixed(2)),
  p99_ms: Number(percentile(times, 0.99).toFixed(2)),
})

/** The live feed: exactness with 200 sockets, and how long from POST to arrival, beside its parts. */
export const benchNotices = async (): Promise<{ json: object; text: string }> => {
  const [load = 0] = loadavg()
  const place = await openPlace()
  try {
    const field = await prepareField(place)
    const bare = await measureBare(place)
    const arrival = await measureArrival(place, field)
    const exact = await measureExactness(place)
    const text = [
      `notices: ${EVENTS} events to ${AGENCIES * SOCKETS_PER_AGENCY} sockets of ${AGENCIES} agencies, one of them slow`,
      `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'cpu'}, Node ${process.version}, load ${load.toFixed(1)} at the start`,
      '',
      `sockets whose numbers are not exactly 1..n     ${exact.faults.length} ${exact.faults.slice(0, 3).join('; ')}`,
      `connections cut                                ${exact.drops}`,
      `seconds until everything had arrived           ${exact.seconds.toFixed(1)}`,
      `memory before and at most, hub and sockets     ${exact.rssBeforeMb} MB, ${exact.rssMb} MB`,
      '',
      `${`ms, ${RATE} hand-offs a second for ${LATENCY_S} s`.padEnd(44)}     p50      p99`,
      row('POST to arrival at the socket', arrival),
      row('bare: one commit', bare.commit),
      row('bare: one message stored by JetStream', bare.publish),
      row('bare: one frame there and back', bare.echo),
    ].join('\n')
    const json = {
      exactness: { ...exact, faults: exact.faults.length },
      arrival: p(arrival),
      commit: p(bare.commit),
      publish: p(bare.publish),
      echo: p(bare.echo),
    }
    return { json: { notices: json }, text }
  } finally {
    await place.close()
  }
}
