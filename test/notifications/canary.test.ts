// Goal: nothing that somebody wrote, and no address of anybody, comes out anywhere but where it
// belongs. Method: canaries in every free field of every route that writes, in paths, queries and
// headers, and along a referral's whole way with clocks, mails, pushes and webhooks. Then all that
// came out is searched: the log at its most talkative, every file of nats-server, mails, pushes,
// webhooks, redirects, refusals, feeds, notices, tasks. One more canary is leaked into each outlet by
// the test itself: it must be found, and nothing else.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { connect } from 'nats'
import { createTransport } from 'nodemailer'
import t from 'tap'
import { WebSocket } from 'ws'
import { all } from '../../services/all.ts'
import type { Actor } from '../../src/actor.ts'
import { CATEGORIES, SCOPES } from '../../src/contracts/codes.ts'
import { createLog } from '../../src/run.ts'
import { personOf, systemOf, tokenFor, type Answered, type CallOptions } from '../helpers/actors.ts'
import { alternatives, canariesIn, canaryOf, planted, type Planting } from '../helpers/canaries.ts'
import { startHub } from '../helpers/hub.ts'
import { startMailServer, startPartner } from '../helpers/notices.ts'
import { startOwnNats } from '../helpers/own-nats.ts'
import { createScene, SECRET_TEXTS } from '../helpers/referral-scene.ts'
import type { JsonSchema } from '../helpers/schema-arbitrary.ts'
import { standingClock } from '../helpers/standing-clock.ts'
import { until } from '../helpers/until.ts'

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: JsonSchema }>> }
  readonly parameters?: readonly { name: string; in: string; schema: JsonSchema }[]
}
type Method = 'POST' | 'PUT' | 'DELETE'

/** What the test leaks itself, to see that the search looks there. */
const LEAK = canaryOf(0)

const outlets = {
  log: [] as string[],
  'files of nats-server': [] as string[],
  mail: [] as string[],
  push: [] as string[],
  webhook: [] as string[],
  live: [] as string[],
  redirects: [] as string[],
  refusals: [] as string[],
  'feeds, notices and tasks': [] as string[],
}

const textsBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return await Promise.all(
    files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
  )
}

let planting = 0
const newWord = (): string => canaryOf((planting += 1))

const clock = standingClock(new Date().toISOString())
const nats = await startOwnNats()
t.teardown(() => nats.end())
const mail = await startMailServer(t)
const [hook, browser] = [await startPartner(t), await startPartner(t)]
const sink = new Writable({
  write: (chunk, _encoding, done) => {
    outlets.log.push(String(chunk))
    done()
  },
})
const base = await startHub(t, { services: [] })
/** The hub's own log, with its redactions. */
const log = createLog('trace', sink)
const services = all.filter(({ name }) => !['cases', 'consent', 'referrals'].includes(name))
const scene = await createScene(t, services, {
  now: clock.now,
  env: { SMTP_URL: mail.url, OUTBOUND_LOOPBACK: 'on' },
  log,
  like: { ...base, natsUrl: nats.url },
})
const { hub, network } = scene
const { sender, recipient, other } = network

const ask = async (
  actor: Actor,
  method: Method | 'GET',
  path: string,
  body?: unknown,
  options?: CallOptions,
): Promise<Answered> => {
  const answer = await (await scene.as(actor))(method, path, body, options)
  if (answer.status >= 400) outlets.refusals.push(answer.text)
  outlets.redirects.push(answer.headers.get('location') ?? '', answer.headers.get('link') ?? '')
  return answer
}

await t.test('channels of every kind, to be told by', async (t) => {
  for (const agency of [sender, recipient]) {
    for (const [actor, channel] of [
      [agency.worker, { kind: 'email', to: `${newWord()}@example.org` }],
      [agency.worker, { kind: 'push', endpoint: browser.url }],
      [agency.supervisor, { kind: 'webhook', url: hook.url }],
      [agency.supervisor, { kind: 'phone', number: '+99955512345' }],
    ] as const) {
      const answer = await ask(actor, 'POST', '/v1/channels', channel)
      t.equal(answer.status, 201, answer.text)
    }
  }
})

await t.test('a referral on its whole way, with words at each step', async (t) => {
  const { id, case: caseId } = await scene.sent({ urgency: 'emergency' })
  const headers = { authorization: `Bearer ${await tokenFor(hub, recipient.worker)}` }
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/v1/live?after=0`, { headers })
  socket.on('message', (data: Buffer) => outlets.live.push(data.toString('utf8')))
  t.teardown(() => socket.terminate())
  const step = async (actor: Actor, verb: string, body: object = {}): Promise<void> => {
    const { body: seen } = await ask(actor, 'GET', `/v1/referrals/${id}`)
    const path = `/v1/referrals/${id}/${verb}`
    const answer = await ask(actor, 'POST', path, { version: seen.version, ...body })
    t.equal(answer.status, 200, `${verb}: ${answer.text}`)
  }
  clock.set(new Date(clock.now().getTime() + 4 * 3_600_000).toISOString())
  await hub.fireTimers()
  await step(recipient.intake, 'acknowledge')
  const questions = [{ topic: 'arrival' }]
  await step(recipient.intake, 'ask', { questions, note: newWord() })
  const answers = [{ topic: 'arrival', answer: 'later' }]
  await step(sender.worker, 'answer', { answers, note: newWord() })
  await step(recipient.worker, 'accept')
  for (const category of ['identity', 'safety']) {
    const path = `/v1/referrals/${id}/package/${category}/open`
    const opened = await ask(recipient.worker, 'POST', path)
    t.ok(
      SECRET_TEXTS.some((text) => opened.text.includes(text)),
      'it can be read where it belongs',
    )
  }
  await step(recipient.worker, 'end-unserved', { reason: 'other', note: newWord() })
  const withdrawn = { case: caseId, scope: 'all_sharing' }
  await ask(sender.worker, 'POST', '/v1/withdrawals', withdrawn)
})

/** Bodies and paths of one operation that reach each alternative, each member full of canaries. */
const askable = (path: string, { requestBody, parameters = [] }: Operation, ids: string[]) => {
  const content = Object.values(requestBody?.content ?? {})[0]?.schema
  const enums = parameters.find((each) => each.in === 'path' && each.schema.enum)?.schema.enum
  const turns = Math.max(content === undefined ? 1 : alternatives(content), enums?.length ?? 0)
  return Array.from({ length: turns }, (_, turn) => {
    const whole: Planting = { word: newWord, ids: ids.slice(turn).concat(ids) }
    const body = content === undefined ? undefined : planted(content, whole, turn)
    const filled = path.replace(/\{([^}]+)\}/g, (_whole, name: string) => {
      const schema = parameters.find((each) => each.name === name)?.schema ?? { type: 'string' }
      return encodeURIComponent(String(planted(schema, whole, turn)))
    })
    return { path: filled, body }
  })
}

await t.test('every route that writes, with canaries in every free field', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const worker = sender.worker
  const { body: sent } = await ask(worker, 'POST', '/v1/referrals', scene.asked(caseId))
  const programs = systemOf(sender.id, ...SCOPES)
  const actors: Actor[] = [
    sender.worker,
    sender.supervisor,
    recipient.worker,
    network.administrator,
    programs,
    personOf(null, 'oversight_reviewer'),
  ]
  const { paths } = hub.app.swagger() as unknown as {
    paths: Record<string, Record<string, Operation>>
  }
  const idsFor = (path: string): string[] => {
    if (path.includes('/referrals/')) return [sent.id]
    if (path.includes('/cases/')) return [caseId, recipient.id]
    return [caseId, sent.id, recipient.id, recipient.service('shelter'), sender.id, other.id]
  }
  const reached = new Map<number, number>()
  for (const [path, methods] of Object.entries(paths)) {
    for (const [name, operation] of Object.entries(methods)) {
      if (name === 'get' || path === '/v1/events/poll') continue
      const method = name.toUpperCase() as Method
      for (const { path: filled, body } of askable(path, operation, idsFor(path))) {
        for (const actor of actors) {
          const { status } = await ask(actor, method, filled, body)
          reached.set(status, (reached.get(status) ?? 0) + 1)
          if (status !== 403 && status !== 404) break
        }
      }
      // And where nobody awaits them.
      const odd = { [newWord()]: newWord(), data: { [newWord()]: '\0' } }
      await ask(worker, method, path.replaceAll(/\{[^}]+\}/g, newWord()), odd)
      await ask(
        worker,
        method,
        `${path.replaceAll(/\{[^}]+\}/g, caseId)}?${newWord()}=${newWord()}`,
        odd,
        {
          key: `${newWord()}@@`,
          headers: { 'x-words': newWord(), 'user-agent': newWord(), 'accept-language': newWord() },
        },
      )
    }
  }
  for (const path of ['/v1/cases', '/v1/feed', '/v1/directory/services', '/v1/referrals']) {
    await ask(worker, 'GET', `${path}/${newWord()}`)
    await ask(worker, 'GET', `${path}?after=${newWord()}&limit=${newWord()}&${newWord()}=1`)
  }
  await ask({ ...worker, id: newWord() }, 'GET', '/v1/cases')
  for (const category of CATEGORIES) {
    const data = { words: newWord() }
    await ask(worker, 'PUT', `/v1/cases/${caseId}/data/${category}`, { version: 1, data })
  }
  t.comment(`${planting} canaries; answers:`, [...reached])
  t.ok((reached.get(200) ?? 0) + (reached.get(201) ?? 0) > 40, 'many were taken')
})

await t.test('nothing of it came out', async (t) => {
  await until(() => mail.letters.length > 0 && browser.requests.length > 0, { what: 'notices' })
  await until(() => hook.requests.length > 2, { what: 'webhooks' })
  for (const actor of [sender.worker, recipient.worker, sender.supervisor, network.administrator]) {
    for (const path of [
      '/v1/feed?limit=500',
      '/v1/notices?for=me&limit=100',
      '/v1/tasks?limit=100',
    ]) {
      outlets['feeds, notices and tasks'].push((await ask(actor, 'GET', path)).text)
    }
  }
  const kept = await scene.admin<{ row: string }[]>`
    select d::text as row from notifications.delivery d union all
    select k::text from notifications.task k union all
    select e::text from journal.entry e union all select d::text from audit.disclosure d`
  outlets['feeds, notices and tasks'].push(...kept.map(({ row }) => row))

  // Who is not signed in is sent on, without what the address held.
  for (const path of [`/referrals?state=${newWord()}`, `/cases?after=${newWord()}`]) {
    const answer = await fetch(`${scene.hub.url}${path}`, { redirect: 'manual' })
    outlets.redirects.push(answer.headers.get('location') ?? '')
  }

  // The test leaks one itself, by the way that each outlet has.
  log.info({ note: LEAK }, 'leaked by the test')
  const url = new URL(nats.url)
  const nc = await connect({ servers: url.host, user: url.username, pass: url.password })
  await nc.jetstream().publish(`agency.${sender.id}.leak.v1`, JSON.stringify({ note: LEAK }))
  await nc.close()
  const transport = createTransport(mail.url)
  await transport.sendMail({ from: 'a@example.org', to: 'b@example.org', text: LEAK })
  transport.close()
  for (const { url: to } of [hook, browser]) await fetch(to, { method: 'POST', body: LEAK })
  const leakTo: (keyof typeof outlets)[] = [
    'live',
    'redirects',
    'refusals',
    'feeds, notices and tasks',
  ]
  for (const name of leakTo) {
    t.ok(outlets[name].join('').length > 0, `${name}: something came out`)
    outlets[name].push(LEAK)
  }

  await hub.close()
  await nats.stop()
  outlets['files of nats-server'] = (await Promise.all(nats.folders.map(textsBelow))).flat()
  t.ok(
    outlets['files of nats-server'].some((text) => text.includes('referrals.referral.sent')),
    'the store was read',
  )
  // An address stands in the envelope of its own mail, and nowhere else.
  outlets.mail = mail.letters.map(({ text }) => text.replace(/^To: .*$/im, ''))
  const said = ({ headers, body }: (typeof hook.requests)[number]): string => {
    const parts = body.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'))
    return [JSON.stringify(headers), body, ...parts].join('\n')
  }
  outlets.webhook = hook.requests.map(said)
  outlets.push = browser.requests.map(said)
  t.ok(outlets.log.length > 50, `${outlets.log.length} lines of log`)
  t.ok(outlets.refusals.length > 50, `${outlets.refusals.length} refusals`)
  for (const [name, texts] of Object.entries(outlets)) {
    t.ok(texts.join('').length > LEAK.length - 1, `${name} holds something`)
    t.same(canariesIn(texts), [LEAK], name)
    const secrets = SECRET_TEXTS.filter((secret) => texts.some((text) => text.includes(secret)))
    t.same(secrets, [], `${name}: what the case holds`)
  }
})
