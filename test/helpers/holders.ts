import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import postgres from 'postgres'
import type { SecurityEventClaims } from '../../src/contracts/security-event.ts'
import { newId } from '../../src/id.ts'
import { callAs, personOf, type Call, type TestAgency } from './actors.ts'
import type { TestHub } from './hub.ts'
import type { Teardown } from './run.ts'

/** Copies of an agency with a shelter of their own: so many more that can hold something. */
export const addHolders = async (
  hub: TestHub,
  like: TestAgency,
  count: number,
): Promise<{ id: string; service: string; worker: Call; supervisor: Call }[]> => {
  const sql = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
  const holders = []
  for (let index = 0; index < count; index += 1) {
    const [id, service] = [newId(), newId()]
    const agency = sql.json({ id })
    await sql`insert into directory.agency
      select (jsonb_populate_record(a, ${agency})).* from directory.agency a where a.id = ${like.id}`
    const offered = sql.json({ id: service, agency: id })
    await sql`insert into directory.service
      select (jsonb_populate_record(s, ${offered})).* from directory.service s
      where s.id = ${like.service('shelter')}`
    holders.push({
      id,
      service,
      worker: await callAs(hub, personOf(id, 'case_worker')),
      supervisor: await callAs(hub, personOf(id, 'supervisor')),
    })
  }
  await sql.end()
  return holders
}

export interface Heard {
  readonly path: string
  readonly token: string
  readonly type: string | undefined
  readonly authorization: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Receiver {
  readonly url: string
  readonly heard: Heard[]
  /** The status that it answers with; 0: it hangs up. */
  answers: number
  close(): Promise<void>
}

/** A server of agencies that takes security events, on a loopback port. */
export const startReceiver = async (t: Teardown, port = 0): Promise<Receiver> => {
  const heard: Heard[] = []
  const receiver = { answers: 202 }
  const take = async (request: IncomingMessage): Promise<void> => {
    let token = ''
    for await (const part of request) token += String(part)
    const { url: path = '', headers } = request
    const { authorization, 'content-type': type } = headers
    heard.push({ path, token, type, authorization, at: Date.now() })
  }
  const server = createServer((request, response) => {
    void take(request).then(() => {
      if (receiver.answers === 0) request.socket.destroy()
      else
        response
          .writeHead(receiver.answers)
          .end(receiver.answers === 400 ? '{"err":"access_denied"}' : '')
    })
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  t.teardown(close)
  const { port: bound } = server.address() as AddressInfo
  return Object.assign(receiver, { url: `http://127.0.0.1:${bound}`, heard, close })
}

export const claimsOf = (token: string): SecurityEventClaims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

/** The value below which this share of sorted numbers lies. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
