import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'
import type { Actor } from '../../src/actor.ts'
import { newId } from '../../src/id.ts'
import type { Service } from '../../src/service.ts'
import { ENTITLED, OPEN, OWN_TRAIL, PUBLIC_LISTS, READABLE, type Thing } from '../matrix/rows.ts'
import { tokenFor } from './actors.ts'
import { documentedRoutes, type Documented } from './documented.ts'
import { askedOf, thingOf, type Asked } from './matrix-routes.ts'
import { createMatrixScene, type MatrixScene } from './matrix-scene.ts'
import { privateIds, rowsOf, tamperedIn, uuidsIn } from './matrix-tables.ts'
import { boundHeaders } from './proof.ts'

export interface MatrixOptions {
  readonly services: readonly Service[]
  /** Whether decide() was replaced by one that always allows. */
  readonly decides: boolean
  /** Whether row-level security stays on. */
  readonly secured: boolean
}

const TIMEOUT_MS = 240_000
const AT_ONCE = 8
/** Answers without end: its head is looked at. */
const STREAMS = ['/v1/events']

interface Reply {
  readonly status: number
  readonly head: string
  readonly text: string
}

const nameOf = ({ kind, roles, agency }: Actor): string =>
  `${kind === 'system' ? 'program' : roles.join()}${agency === null ? '' : ` of ${agency.slice(-4)}`}`

/** The answer without what differs between any two requests. */
const comparable = ({ status, head, text }: Reply): string => {
  const told = text
    .replace(/"instance":"urn:uuid:[0-9a-f-]{36}"/, '"instance":""')
    // The log grows meanwhile.
    .replace(/"checkpoint":"[^"]+"/, '"checkpoint":""')
  return `${status} ${head.replace(/content-length: \d+; /, '')} ${told}`
}

const headOf = (headers: Iterable<readonly [string, unknown]>): string =>
  [...headers]
    .filter(([name]) => !['date', 'connection', 'keep-alive', 'transfer-encoding'].includes(name))
    .map(([name, value]) => `${name}: ${String(value)}`)
    .toSorted()
    .join('; ')

type Ask = (method: Documented['method'], asked: Asked) => Promise<Reply>

/** Asks as this actor, past the socket but for streams, which have no end. */
const askerOf = async ({ hub, as }: MatrixScene, actor: Actor): Promise<Ask> => {
  await as(actor)
  const token = await tokenFor(hub, actor)
  return async (method, { path, body }) => {
    const shown =
      actor.kind === 'system'
        ? await boundHeaders(token, method, `${hub.config.publicUrl}${path}`)
        : { authorization: `Bearer ${token}` }
    const isImage = Buffer.isBuffer(body)
    const headers = {
      ...shown,
      ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
      ...(body === undefined
        ? {}
        : { 'content-type': isImage ? 'image/jpeg' : 'application/json' }),
    }
    if (STREAMS.includes(path)) {
      const leaving = new AbortController()
      const stream = await fetch(`${hub.url}${path}`, { headers, signal: leaving.signal })
      leaving.abort()
      return { status: stream.status, head: headOf(stream.headers), text: '' }
    }
    const payload = body === undefined ? {} : { payload: isImage ? body : JSON.stringify(body) }
    const answer = await hub.app.inject({ method, url: path, headers, ...payload })
    const head = headOf(Object.entries(answer.headers))
    return { status: answer.statusCode, head, text: answer.body }
  }
}

interface Matrix {
  readonly test: Test
  readonly scene: MatrixScene
  readonly ids: ReadonlySet<string>
  /** Routes about foreign things whose absent one was answered with 404 to somebody. */
  readonly reached: Set<string>
  readonly asked: { count: number; bytes: number }
  readonly decides: boolean
}

const isOpenTo = (path: string, actor: Actor): boolean =>
  Object.entries(OPEN).some(
    ([prefix, roles]) =>
      path.startsWith(prefix) && actor.roles.some((role) => roles.includes(role)),
  )

const isEntitled = (thing: Thing | null, actor: Actor): boolean =>
  thing !== null && actor.roles.some((role) => ENTITLED[thing]?.includes(role) === true)

/** Foreign bytes of an answer: words in whomever's, ids in those of who has no business with them. */
const leaksIn = (
  matrix: Matrix,
  { path }: Documented,
  actor: Actor,
  asked: Asked,
  text: string,
): string[] => {
  const words = matrix.scene.words.filter((word) => text.includes(word))
  if (isOpenTo(path, actor)) return words
  const named = OWN_TRAIL.includes(path) ? uuidsIn(asked.path) : []
  return [...words, ...uuidsIn(text).filter((id) => matrix.ids.has(id) && !named.includes(id))]
}

/** Whether this pair of answers is one that may differ. */
const mayDiffer = (
  matrix: Matrix,
  route: Documented,
  thing: Thing | null,
  foreign: Reply,
  absent: Reply,
): boolean => {
  const isRead = route.method === 'GET'
  if ([...PUBLIC_LISTS, ...OWN_TRAIL].includes(route.path)) return true
  // That they are there is no secret; who may write them, decide() says before anything else.
  if (thing !== null && READABLE.includes(thing) && !matrix.decides) return true
  if (thing !== null && READABLE.includes(thing) && (isRead || thing === 'code')) return true
  return foreign.status === absent.status && foreign.status < 300 && !isRead
}

const isStrong = ({ kind, roles }: Actor): boolean =>
  kind === 'system' || roles.includes('supervisor')

/** Which foreign things an actor asks for: who may do most asks for most of them. */
const askedFor = (
  { things }: MatrixScene,
  { method }: Documented,
  thing: Thing | null,
  actor: Actor,
): readonly string[] => {
  if (thing === null || thing === 'code') return [newId()]
  if (!isStrong(actor)) return things[thing].slice(0, 1)
  return method === 'GET' ? things[thing] : things[thing].slice(0, 2)
}

const idsOf = (): ((thing: Thing) => string) => {
  const made = new Map<Thing, string>()
  return (thing) => {
    const known = made.get(thing) ?? newId()
    made.set(thing, known)
    return known
  }
}

/** Asks for what is foreign and for what is absent, which MUST look the same. */
const askBoth = async (matrix: Matrix, route: Documented, actor: Actor, ask: Ask) => {
  const { method, path } = route
  const { test, scene, asked } = matrix
  const thing = thingOf(path)
  const isDue = isEntitled(thing, actor) || isOpenTo(path, actor)
  const where = `${method} ${path} as ${nameOf(actor)}`
  const nothing = askedOf(route, idsOf())
  const absent = await ask(method, nothing)
  asked.count += 1
  // Without decisions the database itself refuses, which no route expects.
  if (absent.status >= 500 && matrix.decides) test.fail(`${where}: ${comparable(absent)}`)
  if (absent.status === 404) matrix.reached.add(`${method} ${path}`)
  const check = (question: Asked, answer: Reply): void => {
    const leaks = leaksIn(matrix, route, actor, question, answer.text)
    asked.bytes += leaks.join('').length
    if (leaks.length > 0) test.fail(`${where}: foreign bytes ${leaks.join(', ')}`)
  }
  check(nothing, absent)
  if (isDue && method !== 'GET') return
  for (const id of askedFor(scene, route, thing, actor)) {
    const foreignId = (kind: Thing) => (kind === thing ? id : (scene.things[kind][0] ?? newId()))
    const something = askedOf(route, foreignId)
    const namesNothing = something.path === nothing.path && isDeepStrictEqual(something, nothing)
    if (namesNothing || thing === 'code') continue
    const foreign = await ask(method, something)
    asked.count += 1
    check(something, foreign)
    if (isDue || mayDiffer(matrix, route, thing, foreign, absent)) continue
    const [found, wanted] = [comparable(foreign), comparable(absent)]
    if (found !== wanted) test.fail(`${where}: ${found} INSTEAD OF ${wanted}`)
  }
}

const turnSecurityOff = async ({ admin }: MatrixScene): Promise<void> => {
  const tables = await admin<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c where c.relrowsecurity`
  for (const { name } of tables) {
    await admin.unsafe(`alter table ${name} disable row level security`)
  }
}

/** The matrix in one of its modes: every route, method and role, against what is of other agencies. */
export const runMatrix = async ({ services, decides, secured }: MatrixOptions): Promise<void> => {
  t.setTimeout(TIMEOUT_MS)
  // The ledger runs; what others do after an answer was given is not asked about here.
  // Pages are in no document, and their scripts take long to load.
  const asked = services.filter(({ name }) => name !== 'portal')
  const still = asked.map((each) =>
    each.name === 'audit' ? each : { ...each, consumers: [], jobs: [], timers: [] },
  )
  const scene = await createMatrixScene(t, still)
  const routes = documentedRoutes(scene.hub)
  if (!secured) await turnSecurityOff(scene)
  // Without decisions every role of an agency is the same, and row-level security knows no roles of
  // the hub: those are for decide() to part.
  const actors = decides ? [...scene.foreign, ...scene.hubRoles] : scene.foreign.filter(isStrong)

  await t.test('every route has a line in the table', async (test) => {
    for (const route of routes) {
      try {
        askedOf(route, newId)
      } catch (error) {
        test.fail((error as Error).message)
      }
    }
    test.ok(routes.length > 150, `${routes.length} routes`)
  })

  await t.test('what is foreign is answered as what is absent', async (test) => {
    const own = actors.flatMap(({ id, agency }) => [...uuidsIn(id), agency ?? id])
    const askers = await Promise.all(actors.map((actor) => askerOf(scene, actor)))
    const before = await rowsOf(scene.admin)
    const ids = privateIds(before, own)
    const asked = { count: 0, bytes: 0 }
    const matrix = { test, scene, ids, reached: new Set<string>(), asked, decides }
    const askAll = async (part: readonly Documented[]): Promise<void> => {
      const todo = part.flatMap((route) => actors.map((actor, i) => ({ route, actor, i })))
      const work = async (): Promise<void> => {
        for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
          await askBoth(matrix, next.route, next.actor, askers[next.i] as Ask)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
    }
    // Lists change with what is written.
    await askAll(routes.filter(({ method }) => method === 'GET'))
    await askAll(routes.filter(({ method }) => method !== 'GET'))
    const { count, bytes } = matrix.asked
    test.comment(
      `${routes.length} routes, ${actors.length} actors, ${count} requests, ` +
        `${ids.size} ids looked for, ${bytes} foreign bytes`,
    )
    test.ok(count > 1000, `${count} requests`)
    test.ok(ids.size > 100, `${ids.size} ids that no answer may show`)
    const unreached = routes
      .filter(({ path }) => !READABLE.includes(thingOf(path) ?? 'code'))
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !matrix.reached.has(route))
    test.same(unreached, [], 'each route came as far as looking for the thing')
    test.same(tamperedIn(before, await rowsOf(scene.admin), ids), [], 'and nothing foreign changed')
  })
}
