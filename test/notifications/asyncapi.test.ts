// Goal: docs/asyncapi.json is current, is AsyncAPI 3, and says what is really sent.
// Method: the schema of the standard itself; then every frame and subject of a running hub is held
// against the document.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { connect } from 'nats'
import t from 'tap'
import { WebSocket } from 'ws'
import { asyncApiDocument, asyncApiText } from '../../src/asyncapi.ts'
import { EVENTS } from '../../src/contracts/events.ts'
import { VERSION } from '../../src/run.ts'
import { callAs, tokenFor } from '../helpers/actors.ts'
import { officeOf, startTelling } from '../helpers/notices.ts'
import { until } from '../helpers/until.ts'

const PATH = join(import.meta.dirname, '..', '..', 'docs', 'asyncapi.json')
const document = asyncApiDocument(VERSION)
const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
const validators = new Map(
  Object.entries(document.components.messages).map(([name, { payload }]) => [
    name,
    ajv.compile(JSON.parse(JSON.stringify(payload)) as object),
  ]),
)

t.test('the document is current and fits the standard', async (t) => {
  t.equal(await readFile(PATH, 'utf8'), asyncApiText(VERSION))
  const require = createRequire(import.meta.url)
  const schema = require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object
  const standard = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  const fits = standard.compile(schema)
  t.ok(fits(JSON.parse(asyncApiText(VERSION))), JSON.stringify(fits.errors?.slice(0, 3)))
})

t.test('what is sent is what the document says', async (t) => {
  const { hub, journal, admin } = await startTelling(t)
  const office = officeOf()
  const url = new URL(hub.natsUrl)
  const nc = await connect({ servers: url.host, user: url.username, pass: url.password })
  t.teardown(() => nc.close())
  const said: { subject: string; body: unknown }[] = []
  for (const subject of ['hub.>', 'agency.>', 'live.>']) {
    nc.subscribe(subject, {
      callback: (_error, message) => {
        if (message.data.length > 0) said.push({ subject: message.subject, body: message.json() })
      },
    })
  }
  await nc.flush()
  const headers = { authorization: `Bearer ${await tokenFor(hub, office.worker)}` }
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/v1/live?after=0`, { headers })
  const frames: { type: string }[] = []
  socket.on('message', (data) => frames.push(JSON.parse(String(data))))
  await until(() => frames.length === 1, { what: 'a hello' })
  for (const type of EVENTS) await journal(type, [office.id], { data: { urgency: 'urgent' } })
  await until(() => frames.length >= EVENTS.length + 1, { what: 'every event', timeoutMs: 20_000 })
  const call = await callAs(hub, office.worker)
  await call('PUT', '/v1/feed/seen', { up_to: 1 })
  await until(() => frames.some(({ type }) => type === 'seen'), { what: 'what was seen' })
  await until(() => said.length >= 2 * EVENTS.length, { what: 'the subjects' })
  for (const frame of frames) {
    const name = frame.type === 'hello' || frame.type === 'seen' ? frame.type : 'item'
    const fits = validators.get(name)
    t.ok(fits?.(frame), `${frame.type}: ${JSON.stringify(fits?.errors)}`)
  }
  const addresses = new Map(
    Object.values(document.channels).map((channel) => [
      channel.address,
      Object.keys(channel.messages),
    ]),
  )
  for (const { subject, body } of said) {
    const names = addresses.get(subject.replace(office.id, '{agency}'))
    t.ok(names, `${subject} is in the document`)
    const fits = validators.get(names?.[0] ?? '')
    t.ok(fits?.(body), `${subject}: ${JSON.stringify(fits?.errors)}`)
  }
  const heard = new Set(said.map(({ subject }) => subject.replace(office.id, '{agency}')))
  for (const address of addresses.keys()) {
    if (address.startsWith('/')) continue
    t.ok(heard.has(address), `${address} is really sent`)
  }
  socket.terminate()
  await admin`select 1`
})
