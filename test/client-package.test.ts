// Goal: a partner's program in plain Node uses the package as it is packed: signs in, calls, follows
// over both ways, verifies. Method: npm run package, unpack in another folder, run JavaScript there and
// compile TypeScript there, against a hub of this test.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { OPERATIONS } from '../src/client/operations.ts'
import { all } from '../services/all.ts'
import { createNetwork } from './helpers/actors.ts'
import { startHub } from './helpers/hub.ts'
import { newSystem } from './helpers/identity.ts'
import { CONSENTED } from './helpers/statement.ts'

const ROOT = resolve(import.meta.dirname, '..')
const execute = promisify(execFile)
/** As in a partner's shell: without what the test runner loads into every Node.js. */
const run = (program: string, args: string[], options: { cwd?: string } = {}) =>
  execute('env', ['-u', 'NODE_OPTIONS', program, ...args], {
    ...options,
    timeout: 200_000,
    maxBuffer: 16 * 1024 * 1024,
  })

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}
interface Documented {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body>>
}

const schemaOf = (body: Body | undefined): object | undefined =>
  Object.values(body?.content ?? {})[0]?.schema

const PROGRAM = `
import { readFileSync } from 'node:fs'
import {
  HubError, parsePolicy, permitAudienceOf, permitIssuerOf, TitianClient, verifyBundle, verifyPermit,
} from 'titian/client'

const given = JSON.parse(readFileSync('given.json', 'utf8'))
const open = (key) => new TitianClient({ hub: given.hub, ...given[key] })
const [sender, recipient] = [open('sender'), open('recipient')]
const heard = { websocket: [], events: [] }
const ends = { websocket: new AbortController(), events: new AbortController() }
const follow = (over, after) =>
  new Promise((done) => {
    void recipient.follow({
      over,
      after,
      signal: ends[over].signal,
      onHello: () => done(),
      onItem: ({ n, type, object }) => void heard[over].push({ n, type, object }),
    })
  })
const until = async (condition) => {
  for (let tries = 0; !condition() && tries < 6000; tries += 1) await new Promise((r) => setTimeout(r, 10))
}
await Promise.all([follow('websocket', 0), follow('events', 0)])
const made = await sender.call('POST /v1/cases', { body: given.case })
for (const category of ['identity', 'safety']) {
  await sender.call('PUT /v1/cases/{id}/data/{category}', {
    path: { id: made.id, category },
    body: { data: category === 'identity' ? { prs_Gender: 'Feminine' } : { note: 'contoh' } },
  })
}
await sender.call('POST /v1/consents', { body: { ...given.consent, case: made.id } })
const asked = { ...given.referral, case: made.id }
const sent = await sender.call('POST /v1/referrals', { body: asked }, { idempotencyKey: 'the-same-key' })
const again = await sender.call('POST /v1/referrals', { body: asked }, { idempotencyKey: 'the-same-key' })
const keys = await recipient.permitKeys()
const expected = { issuer: permitIssuerOf(given.hub), audience: permitAudienceOf(given.agency) }
const permit = await verifyPermit(sent.permit, keys, expected)
const foreign = await verifyPermit(sent.permit, keys, { ...expected, audience: permitAudienceOf(made.id) })
const path = { id: sent.id }
await recipient.call('POST /v1/referrals/{id}/acknowledge', { path, body: { version: 1 } })
const lists = (over) => heard[over].filter(({ object }) => object === sent.id).map(({ type }) => type)
await until(() => lists('websocket').length > 1 && lists('events').length > 1)
// An interrupted stream goes on behind the last item that was handled.
ends.events.abort()
const last = heard.events.at(-1).n
await recipient.call('POST /v1/referrals/{id}/accept', { path, body: { version: 2 } })
ends.events = new AbortController()
await follow('events', last)
await until(() => lists('websocket').length > 2 && lists('events').length > 2)
const bundle = await recipient.trail()
const policy = await parsePolicy(await recipient.trailPolicy())
const verdict = await verifyBundle(bundle, policy)
const spoilt = structuredClone(bundle)
spoilt.entries[0].leaf += ' '
const refused = await sender
  .call('POST /v1/referrals/{id}/accept', { path, body: { version: 3 } })
  .catch((error) => error instanceof HubError && error.code)
ends.events.abort()
ends.websocket.abort()
console.log(JSON.stringify({
  once: again.id === sent.id,
  permit: permit !== null,
  foreign: foreign !== null,
  heard: [lists('websocket'), lists('events')],
  numbers: [heard.websocket, heard.events].map((items) => items.every(({ n }, at) => n === at + 1)),
  holds: verdict.holds,
  entries: bundle.entries.length,
  spoilt: (await verifyBundle(spoilt, policy)).holds,
  refused,
}))
`

const TYPED = `
import { TitianClient, type AnswerOf } from 'titian/client'
declare const titian: TitianClient
const page: AnswerOf<'GET /v1/referrals'> = await titian.call('GET /v1/referrals', {
  query: { side: 'recipient' },
})
export const states: string[] = page.items.map(({ state }) => state)
const path = { id: page.items[0]?.id ?? '' }
await titian.call('POST /v1/referrals/{id}/decline', { path, body: { version: 1, reason: 'no_capacity' } })
// @ts-expect-error a reason that is no code
await titian.call('POST /v1/referrals/{id}/decline', { path, body: { version: 1, reason: 'full' } })
// @ts-expect-error without the id
await titian.call('POST /v1/referrals/{id}/accept', { body: { version: 1 } })
// @ts-expect-error no such operation
await titian.call('POST /v1/referrals/{id}/burn', { path })
`

t.test('the table of operations is what the API documents', async (t) => {
  const text = await readFile(join(ROOT, 'docs', 'openapi.json'), 'utf8')
  const document = JSON.parse(text) as { paths: Record<string, Record<string, Documented>> }
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = name.split(' ')
    const documented = document.paths[path]?.[method.toLowerCase()]
    const success = Object.entries(documented?.responses ?? {}).find(([status]) =>
      status.startsWith('2'),
    )
    // The document writes a record of anything in another way than TypeBox.
    const said = (schema: object | undefined): string | undefined =>
      JSON.stringify(schema)?.replaceAll(
        '"patternProperties":{"^.*$":{}}',
        '"additionalProperties":{}',
      )
    t.equal(said(operation.answer), said(schemaOf(success?.[1])), `${name}: answer`)
    if ('body' in operation) {
      t.equal(said(operation.body), said(schemaOf(documented?.requestBody)), `${name}: body`)
    }
    const query = (documented?.parameters ?? []).filter((each) => each.in === 'query')
    t.same(
      'query' in operation ? [...operation.query] : [],
      query.map((each) => each.name),
      `${name}: query`,
    )
  }
})

const dependencies = async (): Promise<string[]> => {
  const text = await readFile(join(ROOT, 'package.json'), 'utf8')
  return Object.keys((JSON.parse(text) as { dependencies: object }).dependencies)
}

/** What the client needs of other packages, and what it is type-checked with. */
const NEEDED = ['jose', 'ws', 'typebox', 'canonicalize', '@types/node', 'undici-types']

/** Compiling and packing take what the machine leaves them. */
const TIMEOUT_MS = 280_000
t.setTimeout(TIMEOUT_MS)
t.test('packed, installed elsewhere, used', { timeout: TIMEOUT_MS }, async (t) => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'titian-partner-')))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { stdout } = await run(process.execPath, [
    join(ROOT, 'scripts', 'package.mjs'),
    '--pack-destination',
    folder,
  ])
  const [filename = ''] = /^titian-.+\.tgz$/m.exec(stdout) ?? []
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, 'titian'), { recursive: true })
  await mkdir(join(modules, '@types'))
  await run('tar', ['-xzf', join(folder, filename), '-C', join(modules, 'titian'), '--strip=1'])
  for (const name of NEEDED) await symlink(join(ROOT, 'node_modules', name), join(modules, name))

  const hub = await startHub(t, { services: all })
  const { sender, recipient, other } = await createNetwork(hub)
  const programOf = async ({ id }: { id: string }) => {
    const { clientId, privateJwk } = await newSystem(hub, { agency: id })
    return { clientId, privateJwk }
  }
  const given = {
    hub: hub.url,
    agency: recipient.id,
    sender: await programOf(sender),
    recipient: await programOf(recipient),
    case: { age_band: 'from_25_to_39', district: '98.01' },
    consent: {
      ...CONSENTED,
      recipients: [recipient.id, other.id],
    },
    referral: {
      service: recipient.service('shelter'),
      urgency: 'normal',
      categories: ['identity', 'safety'],
    },
  }
  await writeFile(join(folder, 'given.json'), JSON.stringify(given))
  await writeFile(join(folder, 'program.mjs'), PROGRAM)
  await writeFile(join(folder, 'typed.mts'), TYPED)
  const tsc = join(ROOT, 'node_modules', '@typescript', 'native', 'bin', 'tsc')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck']
  const [program, typed] = await Promise.allSettled([
    run(process.execPath, ['program.mjs'], { cwd: folder }),
    run(process.execPath, [tsc, ...options, '--types', 'node', 'typed.mts'], { cwd: folder }),
  ])
  const said = (ended: typeof program): string =>
    ended.status === 'fulfilled' ? ended.value.stdout : JSON.stringify(ended.reason)
  const steps = ['sent', 'acknowledged', 'accepted'].map((each) => `referrals.referral.${each}.v1`)
  t.equal(program.status, 'fulfilled', said(program))
  t.match(JSON.parse(said(program)), {
    once: true,
    permit: true,
    foreign: false,
    heard: [steps, steps],
    numbers: [true, true],
    holds: true,
    spoilt: false,
    refused: 'not_permitted',
  })
  t.equal(said(typed), '', 'a program that is right compiles, one that is wrong does not')

  // The commands need what the package depends on as a whole.
  for (const name of await dependencies()) {
    await mkdir(join(modules, name, '..'), { recursive: true })
    await symlink(join(ROOT, 'node_modules', name), join(modules, name)).catch(() => {})
  }
  const command = ['node_modules/titian/cli/titian.mjs', 'permit', 'verify', '--help']
  const { stdout: help } = await run(process.execPath, command, { cwd: folder })
  t.match(help, /without any network/, 'npx titian works from the package')
})
