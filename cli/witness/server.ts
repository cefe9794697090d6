import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { addCheckpoint, type WitnessOptions } from './add-checkpoint.ts'

/** A checkpoint with a hundred signatures and a proof of 63 lines is far below this. */
const MAX_BODY_BYTES = 65_536
const TIMEOUT_MS = 10_000

const bodyOf = async (request: IncomingMessage): Promise<string | null> => {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_BODY_BYTES) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}

const index = async ({ signer, logs, state }: WitnessOptions): Promise<string> => {
  const lines = [`witness ${signer.name}`, signer.vkey, '']
  for (const { name } of logs) {
    const last = await state.last(name)
    lines.push(`${name} ${last === null ? '-' : last.size}`)
  }
  return `${lines.join('\n')}\n`
}

/**
 * Serves `POST /add-checkpoint` (C2SP tlog-witness), `GET /` (who this is, and the size of each log)
 * and `GET /latest/<origin>` (the last head with its cosignature, for comparing with others').
 */
export const createWitness = (options: WitnessOptions): Server => {
  let queue: Promise<unknown> = Promise.resolve()
  /** One after the other: between reading the last head and keeping the next nobody comes. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work)
    queue = done.catch(() => {})
    return done
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/'
    if (request.method === 'POST' && path === '/add-checkpoint') {
      const body = await bodyOf(request)
      if (body === null) return answer(response, 413, 'text/plain', 'too large\n')
      const { status, type, body: text } = await inTurn(() => addCheckpoint(body, options))
      return answer(response, status, type, text)
    }
    if (request.method === 'GET' && path === '/') {
      return answer(response, 200, 'text/plain; charset=utf-8', await index(options))
    }
    const [, encoded] = /^\/latest\/([^/?]+)$/.exec(path) ?? []
    if (request.method === 'GET' && encoded !== undefined && URL.canParse(`http://x/${encoded}`)) {
      const origin = options.logs.find(({ name }) => encodeURIComponent(name) === encoded)?.name
      const note = origin === undefined ? null : await options.state.note(origin)
      if (note !== null) return answer(response, 200, 'text/plain; charset=utf-8', note)
    }
    answer(response, 404, 'text/plain', 'not found\n')
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      if (!response.headersSent) answer(response, 500, 'text/plain', 'the witness failed\n')
      else response.destroy()
    })
  })
  server.requestTimeout = TIMEOUT_MS
  server.headersTimeout = TIMEOUT_MS
  return server
}
