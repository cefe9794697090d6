// Goal: somebody who is cut off is so within a second, on HTTP, WebSocket and Server-Sent Events alike,
// in another process than the one that was told. Method: two replicas on one database; in the second no
// sweep and no heartbeat ever comes, so that only what NATS pushes at the commit can end a line.
import t from 'tap'
import { WebSocket } from 'ws'
import { all } from '../../services/all.ts'
import { callAs, createNetwork } from '../helpers/actors.ts'
import { quantile } from '../helpers/holders.ts'
import { startHub } from '../helpers/hub.ts'
import { addressOf, newPerson, signIn } from '../helpers/identity.ts'

const ROUNDS = 5
const LIMIT_MS = 1_000
/** The shortest of the intervals that find what no message told of. */
const SWEEP_MS = 1_000

const hub = await startHub(t, { services: all })

/** Runs `start` with intervals of a second and more that never come. */
const withoutSweeps = async <T>(start: () => Promise<T>): Promise<[T, () => void]> => {
  const { setInterval } = globalThis
  const never = ((work: () => void, ms?: number, ...rest: unknown[]) =>
    setInterval(work, (ms ?? 0) >= SWEEP_MS ? 2 ** 31 - 1 : ms, ...rest)) as typeof setInterval
  globalThis.setInterval = never
  return [
    await start(),
    () => {
      globalThis.setInterval = setInterval
    },
  ]
}
const [replica, restore] = await withoutSweeps(() =>
  startHub(t, { services: all, like: hub, env: { PUBLIC_URL: hub.config.publicUrl } }),
)
t.teardown(restore)
const network = await createNetwork(hub)
const supervisor = await callAs(hub, network.sender.supervisor)
const PEOPLE = '/v1/identity/people'

interface Line {
  readonly greeted: Promise<void>
  /** When it ended, by the clock that only goes forward, and with which code. */
  readonly ended: Promise<{ readonly at: number; readonly code: number }>
}

const overSocket = (headers: Record<string, string>): Line => {
  const socket = new WebSocket(`${addressOf(replica).replace('http', 'ws')}/v1/live`, { headers })
  return {
    greeted: new Promise((done) => socket.once('message', () => done())),
    ended: new Promise((done) =>
      socket.once('close', (code) => done({ at: performance.now(), code })),
    ),
  }
}

const overEvents = (headers: Record<string, string>): Line => {
  let greet = () => {}
  const greeted = new Promise<void>((done) => {
    greet = done
  })
  const follow = async () => {
    const response = await fetch(`${addressOf(replica)}/v1/events`, { headers })
    let text = ''
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString()
      if (text.includes('event: hello')) greet()
    }
    const at = performance.now()
    const [, code = '0'] = /event: close\ndata: \{"code":(\d+)/.exec(text) ?? []
    return { at, code: Number(code) }
  }
  return { greeted, ended: follow() }
}

t.test('HTTP, WebSocket and Server-Sent Events, in another process', async (t) => {
  const took: Record<'http' | 'socket' | 'events', number[]> = { http: [], socket: [], events: [] }
  for (let round = 0; round < ROUNDS; round += 1) {
    const person = await newPerson(hub, { agency: network.sender.id, roles: ['case_worker'] })
    const cookie = await signIn(hub, person)
    const headers = { cookie, origin: hub.config.publicUrl }
    const me = () => fetch(`${addressOf(replica)}/v1/me`, { headers: { cookie } })
    const [socket, events] = [overSocket(headers), overEvents(headers)]
    await Promise.all([socket.greeted, events.greeted])
    t.equal((await me()).status, 200)
    const { body } = await supervisor('GET', `${PEOPLE}?limit=100`)
    const {
      id,
      enrolled: _e,
      agency: _a,
      ...shown
    } = body.items.find((each: { id: string }) => each.id === person.id)
    const began = performance.now()
    const off = await supervisor('PUT', `${PEOPLE}/${id}`, { ...shown, active: false })
    t.match(off.body, { active: false })
    t.equal((await me()).status, 401, 'the very next call')
    took.http.push(performance.now() - began)
    const [a, b] = await Promise.all([socket.ended, events.ended])
    t.same([a.code, b.code], [4001, 4001], 'told to sign in again')
    took.socket.push(a.at - began)
    took.events.push(b.at - began)
  }
  for (const [way, times] of Object.entries(took)) {
    // The middle one: a machine that is busy with something else for a moment proves nothing.
    const middle = quantile(times, 0.5)
    const [shortest, longest] = [quantile(times, 0), quantile(times, 1)].map(Math.round)
    t.comment(
      `${way}: ${Math.round(middle)} ms (${shortest} to ${longest} ms), from the request on`,
    )
    t.ok(middle < LIMIT_MS, `${way}: under a second`)
  }
})
