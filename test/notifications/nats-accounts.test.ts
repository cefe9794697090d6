// Goal: an agency reads all of its own from NATS and nothing of another's, whatever it tries.
// Method: a real nats-server with the generated configuration, and clients that try.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, Events, nkeyAuthenticator, type Msg, type NatsConnection } from 'nats'
import { pino } from 'pino'
import t from 'tap'
import { connectBus, isOpenToAnybody } from '../../src/bus.ts'
import {
  consumerOf,
  createUserKey,
  ensureConsumers,
  inboxOf,
  nextSubjectOf,
  serverConfig,
} from '../../src/bus/accounts.ts'
import { findNats } from '../../src/embedded/nats-binary.ts'
import { freePort } from '../../src/embedded/port.ts'
import { start } from '../../src/start.ts'
import { newId } from '../../src/id.ts'
import type { Teardown } from '../helpers/run.ts'
import { until } from '../helpers/until.ts'

const runServer = async (t: Teardown, config: string, port: number): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'titian-accounts-'))
  const path = join(dir, 'server.conf')
  await writeFile(path, config.replace('STORE', join(dir, 'store')))
  const { path: bin } = await findNats({ bin: process.env['NATS_SERVER_BIN'] })
  const server = spawn(bin, ['--config', path], { stdio: 'ignore' })
  t.teardown(async () => {
    server.kill()
    if (server.exitCode === null) await once(server, 'exit')
    await rm(dir, { recursive: true, force: true })
  })
  await until(
    async () => {
      const { createConnection } = await import('node:net')
      const socket = createConnection(port, '127.0.0.1')
      try {
        await once(socket, 'connect')
        return true
      } finally {
        socket.destroy()
      }
    },
    { what: 'nats-server' },
  )
}

const agencies = [newId(), newId()].map((agency) => ({ agency, ...createUserKey() }))
const [a, b] = agencies
if (a === undefined || b === undefined) throw new Error('two agencies')
const port = await freePort()
const password = 'a-password-of-this-test'
const options = { listen: `127.0.0.1:${port}`, tls: null, storeDir: 'STORE', agencies }
await runServer(t, serverConfig({ ...options, hub: { user: 'hub', password } }), port)
const hubUrl = `nats://hub:${password}@127.0.0.1:${port}`
await ensureConsumers(
  hubUrl,
  agencies.map(({ agency }) => agency),
)
const bus = await connectBus({ url: hubUrl, log: pino({ level: 'silent' }) })
t.teardown(() => bus.close())
await bus.publish(
  Array.from({ length: 100 }, (_, position) => {
    const agency = position % 2 === 0 ? a.agency : b.agency
    const n = Math.floor(position / 2) + 1
    const id = newId()
    return {
      stream: 'AGENCY',
      subject: `agency.${agency}.x.v1`,
      id,
      position,
      body: { n },
    } as const
  }),
)

const enter = async (t: Teardown, { agency, seed }: typeof a): Promise<NatsConnection> => {
  const nc = await connect({
    port,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    inboxPrefix: inboxOf(agency),
    maxReconnectAttempts: 0,
  })
  t.teardown(() => nc.close())
  return nc
}

/** Asks a consumer for messages as an agency's program would; resolves with what came. */
const pull = async (
  nc: NatsConnection,
  agency: string,
  subject: string,
  batch: number,
): Promise<Msg[]> => {
  const inbox = `${inboxOf(agency)}.${newId()}`
  const messages: Msg[] = []
  const subscription = nc.subscribe(inbox)
  const reading = (async () => {
    for await (const message of subscription) {
      if (message.headers?.code !== undefined && message.headers.code >= 400) break
      messages.push(message)
      if (messages.length === batch) break
    }
  })()
  nc.publish(subject, JSON.stringify({ batch, no_wait: true }), { reply: inbox })
  // A refused request is never answered: a round trip later it would have been.
  await nc.flush()
  await Promise.race([reading, nc.closed(), nc.rtt().then(() => nc.rtt())])
  if (messages.length > 0 && messages.length < batch) await reading
  subscription.unsubscribe()
  return messages
}

t.test('an agency pulls all of its own, acknowledges, and gets each once', async (t) => {
  const nc = await enter(t, a)
  const messages = await pull(nc, a.agency, nextSubjectOf(a.agency), 50)
  t.same(
    messages.map((message) => message.json<{ n: number }>().n),
    Array.from({ length: 50 }, (_, index) => index + 1),
  )
  for (const message of messages) message.respond('+ACK')
  await nc.flush()
  t.same(await pull(nc, a.agency, nextSubjectOf(a.agency), 50), [], 'nothing comes again')
})

t.test("another's consumer, another's subjects, the streams: refused", async (t) => {
  const attempts: ((nc: NatsConnection) => void)[] = [
    (nc) =>
      nc.publish(nextSubjectOf(b.agency), '{"batch":50}', { reply: `${inboxOf(a.agency)}.x` }),
    (nc) => nc.subscribe('>'),
    (nc) => nc.subscribe(`agency.${b.agency}.>`),
    (nc) => nc.subscribe(`agency.${a.agency}.>`),
    (nc) => nc.subscribe('hub.>'),
    (nc) => nc.subscribe('_INBOX.>'),
    (nc) => nc.subscribe(`${inboxOf(b.agency)}.>`),
    (nc) => nc.publish(`agency.${b.agency}.x.v1`, '{"n":1}'),
    (nc) => nc.publish('hub.wake.ledger'),
    (nc) => nc.publish(`$JS.ACK.AGENCY.${consumerOf(b.agency)}.1.1.1.1.1`, '+ACK'),
    (nc) => nc.publish('$JS.API.STREAM.NAMES'),
    (nc) => nc.publish('$JS.API.STREAM.DELETE.AGENCY'),
    (nc) => nc.publish('$JS.API.STREAM.MSG.GET.AGENCY', '{"seq":1}'),
    (nc) => nc.publish('$JS.API.DIRECT.GET.AGENCY', '{"seq":2}'),
    (nc) => nc.publish(`$JS.API.CONSUMER.INFO.AGENCY.${consumerOf(b.agency)}`),
    (nc) => nc.publish('$JS.API.CONSUMER.CREATE.AGENCY', '{}'),
    (nc) => nc.publish('$SYS.REQ.SERVER.PING'),
  ]
  for (const [index, attempt] of attempts.entries()) {
    const nc = await enter(t, a)
    const refused = (async () => {
      for await (const { type, data } of nc.status()) {
        if (type === Events.Error) return String(data)
      }
      return 'nothing'
    })()
    attempt(nc)
    await nc.flush()
    t.equal(await refused, 'PERMISSIONS_VIOLATION', `attempt ${index}: ${attempt.toString()}`)
    await nc.close()
  }
  t.same(await pull(await enter(t, a), a.agency, nextSubjectOf(b.agency), 50), [])
  const own = await pull(await enter(t, b), b.agency, nextSubjectOf(b.agency), 50)
  t.equal(own.length, 50, "the other agency's are all there still")
})

t.test('nobody comes in without the right credentials', async (t) => {
  const stranger = createUserKey()
  const seed = new TextEncoder().encode(stranger.seed)
  for (const credentials of [
    {},
    { user: 'hub' },
    { user: 'hub', pass: 'wrong' },
    { user: a.publicKey, pass: '' },
    { token: 'hub' },
    { authenticator: nkeyAuthenticator(seed) },
  ]) {
    const trying = connect({ port, reconnect: false, maxReconnectAttempts: 0, ...credentials })
    await t.rejects(trying, { code: 'AUTHORIZATION_VIOLATION' })
  }
  t.equal(await isOpenToAnybody(hubUrl), false)
})

t.test('a server that lets anybody in is seen', async (t) => {
  const open = await freePort()
  await runServer(t, `listen: "127.0.0.1:${open}"\n`, open)
  t.equal(await isOpenToAnybody(`nats://hub:secret@127.0.0.1:${open}`), true)

  // The same server under an address that is not loopback by name: no hub starts on it.
  const dataDir = await mkdtemp(join(tmpdir(), 'titian-open-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  const env = {
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    DATABASE_URL: process.env['TEST_DATABASE_URL'],
  }
  const startOn = (natsUrl: string) => start([], { ...env, NATS_URL: natsUrl }, null)
  await t.rejects(startOn(`nats://hub:secret@0.0.0.0:${open}`), {
    name: 'StartFailure',
    message: /lets anybody in without the right password/,
  })
})
