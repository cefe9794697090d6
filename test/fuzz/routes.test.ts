// Goal: whatever is sent to whichever route, the hub answers, and never with a failure of its own.
// Method: every operation of the OpenAPI document gets FUZZ_RUNS requests (20) with bodies, paths
// and query strings that fit its schema or nearly do, from people and programs of three agencies,
// with ids that the hub itself has named. FUZZ_SEED replays a run.
import * as fc from 'fast-check'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { all } from '../../services/all.ts'
import type { Actor } from '../../src/actor.ts'
import { SCOPES } from '../../src/contracts/codes.ts'
import { callAs, createNetwork, personOf, systemOf, tokenFor } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { boundHeaders } from '../helpers/proof.ts'
import { HOSTILE, shaped, spoilt, type JsonSchema } from '../helpers/schema-arbitrary.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 20)
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_124)
/** An answer that takes longer is a hang. */
/** These answer when something has come, or after a while: asked in tests of their own. */
const WAITING = ['/v1/events', '/v1/events/poll']
const HANG_MS = 20_000
const TIMEOUT_MS = 1_200_000
const AT_ONCE = 16
const KNOWN_MAX = 400
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const STACK = /\n\s+at .+:\d+:\d+/
type Method = (typeof METHODS)[number]

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: JsonSchema
}
interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: JsonSchema }>> }
}
interface Asked {
  readonly body: unknown
  readonly path: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
}

const recordOf = (parameters: readonly Parameter[], known: readonly string[]) =>
  fc.record(
    Object.fromEntries(parameters.map(({ name, schema }) => [name, shaped(schema, known)])),
    { requiredKeys: parameters.filter((each) => each.required === true).map(({ name }) => name) },
  )

/** What one operation may be asked: mostly in shape, else with one hostile value in one place. */
const askable = (operation: Operation, known: readonly string[]): fc.Arbitrary<Asked> => {
  const parameters = operation.parameters ?? []
  const schema = operation.requestBody?.content['application/json']?.schema
  const inShape = fc.record({
    body: schema === undefined ? fc.constant(undefined) : shaped(schema, known),
    path: recordOf(
      parameters.filter((each) => each.in === 'path'),
      known,
    ),
    query: recordOf(
      parameters.filter((each) => each.in === 'query'),
      known,
    ),
  })
  const spoiling = fc.record({
    asked: inShape,
    pick: fc.nat(),
    spoil: fc.constantFrom(...HOSTILE),
    part: fc.constantFrom('body', 'path', 'query'),
  })
  const nearly = spoiling.map(({ asked, pick, spoil, part }): Asked => {
    const value = spoilt(asked[part as keyof Asked], pick, spoil)
    const isRecord = typeof value === 'object' && value !== null
    return part === 'body' || isRecord ? { ...asked, [part]: value } : asked
  })
  return fc.oneof(inShape, nearly)
}

const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed()

const urlOf = (path: string, asked: Asked): string => {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(textOf(asked.path[name]).slice(0, 150)),
  )
  const query = Object.entries(asked.query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, textOf(each)]),
  )
  const search = new URLSearchParams(query).toString()
  return search === '' ? filled : `${filled}?${search}`
}

t.setTimeout(TIMEOUT_MS)
t.test('no request makes the hub fail', { timeout: TIMEOUT_MS }, async (test) => {
  const hub = await startHub(test, { services: all })
  const network = await createNetwork(hub)
  const agencies = [network.sender, network.recipient, network.other]
  const actors: Actor[] = [
    ...agencies.flatMap((each) => [each.worker, each.supervisor, each.intake, each.reviewer]),
    ...agencies.map((each) => systemOf(each.id, ...SCOPES)),
    personOf(null, 'oversight_reviewer'),
    network.administrator,
  ]
  const tokens = await Promise.all(actors.map((actor) => tokenFor(hub, actor)))
  // A program is known to the hub once it was called as.
  for (const actor of actors) await callAs(hub, actor)
  const known = new Set<string>(agencies.map(({ id }) => id))
  const learn = (text: string): void => {
    for (const [id] of text.matchAll(UUID)) if (known.size < KNOWN_MAX) known.add(id)
  }
  const { paths } = hub.app.swagger() as unknown as {
    paths: Record<string, Record<string, Operation>>
  }
  const operations = Object.entries(paths)
    .filter(([path]) => !WAITING.includes(path))
    .flatMap(([path, methods]) =>
      METHODS.filter((method) => method in methods).map((method) => ({
        path,
        method,
        operation: methods[method] as Operation,
      })),
    )
  // What opens cases and names ids goes first, so that the rest has something to work on.
  const order = operations.toSorted((a, b) => a.path.length - b.path.length)
  const classes = new Map<string, number>()
  let count = 0

  /** The status of the answer; 0 when there is none in time, 599 when it shows the hub's insides. */
  const ask = async (path: string, method: Method, asked: Asked, number: number) => {
    const token = tokens[number % actors.length] ?? ''
    const url = urlOf(path, asked)
    const isBound = actors[number % actors.length]?.kind === 'system'
    const shown = isBound
      ? await boundHeaders(token, method.toUpperCase(), `${hub.config.publicUrl}${url}`)
      : { authorization: `Bearer ${token}` }
    const answering = hub.app.inject({
      method,
      url,
      headers: {
        ...shown,
        'idempotency-key': `fuzz-${number}-key`,
        ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(asked.body === undefined ? {} : { payload: JSON.stringify(asked.body) }),
    })
    const hanging = new AbortController()
    const hung = sleep(HANG_MS, null, { signal: hanging.signal }).catch(() => null)
    const answer = await Promise.race([answering, hung])
    hanging.abort()
    if (answer === null) return 0
    if (answer.statusCode < 300) learn(answer.body)
    return STACK.test(answer.body) ? 599 : answer.statusCode
  }

  for (const { path, method, operation } of order) {
    const name = `${method.toUpperCase()} ${path}`
    const asking = fc.sample(askable(operation, [...known]), { numRuns: RUNS, seed: SEED })
    const failures: string[] = []
    const waiting = asking.values()
    const send = async (): Promise<void> => {
      for (const asked of waiting) {
        const number = count++
        const status = await ask(path, method, asked, number)
        const group = `${Math.floor(status / 100)}xx`
        classes.set(group, (classes.get(group) ?? 0) + 1)
        if (status > 0 && status < 500) continue
        const by = actors[number % actors.length]
        const what = `${urlOf(path, asked).slice(0, 300)} ${JSON.stringify(asked).slice(0, 400)}`
        failures.push(`${status} to ${by?.kind} ${by?.roles.join()} ${what}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, send))
    test.same(failures.slice(0, 3), [], name)
  }
  test.comment(`${count} requests to ${order.length} operations, seed ${SEED}:`, [...classes])
  test.ok((classes.get('2xx') ?? 0) > order.length, 'many requests did what they asked')
})
