import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import postgres from 'postgres'
import { pino, type Logger } from 'pino'
import { SMTPServer } from 'smtp-server'
import { audit } from '../../services/audit/service.ts'
import { notifications } from '../../services/notifications/service.ts'
import type { Actor } from '../../src/actor.ts'
import { connectBus } from '../../src/bus.ts'
import type { EventType } from '../../src/contracts/events.ts'
import { newId } from '../../src/id.ts'
import { personOf } from './actors.ts'
import { startHub, type TestHub } from './hub.ts'
import type { Teardown } from './run.ts'
import { standingClock } from './standing-clock.ts'

export interface Letter {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

/** A real mail server; an address that begins with `gone` is unknown to it, to `far` it does not relay. */
export const startMailServer = async (t: Teardown) => {
  const letters: Letter[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (address, _session, done) => {
      const why = { gone: 'no such box', far: '5.7.1 relaying denied' }
      const [, word] = /^(gone|far)/.exec(address.address) ?? []
      if (word !== 'gone' && word !== 'far') return done()
      done(Object.assign(new Error(`${why[word]} ${address.address}`), { responseCode: 550 }))
    },
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        letters.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
        })
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as { port: number }
  return { url: `smtp://127.0.0.1:${port}`, letters }
}

export interface Request {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A partner's server, or a push service: notes what comes and answers as it is told. */
export const startPartner = async (t: Teardown) => {
  const requests: Request[] = []
  let status = 202
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      requests.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(status).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}/hook`,
    requests,
    answer: (next: number): void => {
      status = next
    },
  }
}

export interface Office {
  readonly id: string
  readonly worker: Actor
  readonly supervisor: Actor
}

export const officeOf = (): Office => {
  const id = newId()
  return { id, worker: personOf(id, 'case_worker'), supervisor: personOf(id, 'supervisor') }
}

/** A hub that tells, with a mail server, and a journal to put entries on. */
export const startTelling = async (t: Teardown, log?: Logger) => {
  const clock = standingClock(new Date().toISOString())
  const mail = await startMailServer(t)
  const services = [notifications, audit]
  const env = { SMTP_URL: mail.url, OUTBOUND_LOOPBACK: 'on' }
  const logging = log === undefined ? {} : { log }
  const hub = await startHub(t, { services, env, now: clock.now, ...logging })
  const admin = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
  const bus = await connectBus({ url: hub.natsUrl, log: pino({ level: 'silent' }) })
  t.teardown(async () => {
    await bus.close()
    await admin.end()
  })
  return {
    hub,
    mail,
    clock,
    admin,
    /** Another replica, or the same after a restart. */
    again: (): Promise<TestHub> => startHub(t, { services, env, now: clock.now, like: hub }),
    journal: async (
      type: EventType,
      concerned: readonly string[],
      more: { agency?: string; data?: Record<string, string | number> } = {},
    ): Promise<void> => {
      await admin`
        insert into journal.entry (type, agency, actor, concerned, object, subject, purpose, data)
        values (${type}, ${more.agency ?? null}, 'hub', ${`{${concerned.join(',')}}`}::uuid[],
          ${newId()}, ${newId()}, 'shelter', ${admin.json(more.data ?? {})})`
      bus.wake('ledger')
    },
  }
}
