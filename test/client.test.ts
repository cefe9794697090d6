import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createClient } from '../src/client/http.ts'

interface Heard {
  readonly method: string | undefined
  readonly key: string | string[] | undefined
  readonly authorization: string | undefined
  readonly body: string
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

/** A server that answers with these statuses in turn (0: hangs up), and remembers what it heard. */
const serverThat = async (t: Test, statuses: number[], answer: object) => {
  const heard: Heard[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method, headers } = request
      heard.push({
        method,
        key: headers['idempotency-key'],
        authorization: headers.authorization,
        body,
      })
      const status = statuses.shift() ?? 200
      if (status === 0) request.socket.destroy()
      else
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  let tokens = 0
  const token = () => Promise.resolve(`token-${(tokens += 1)}`)
  return { heard, client: createClient({ baseUrl: `http://127.0.0.1:${port}`, token }) }
}

t.test('a change is tried again with the same Idempotency-Key', async (t) => {
  const { heard, client } = await serverThat(t, [503, 0, 201], { id: 'x' })
  t.strictSame(await client.post('/v1/things', { a: 1 }), { id: 'x' })
  t.equal(heard.length, 3)
  t.match(heard[0]?.key, /^[0-9a-f-]{36}$/)
  t.equal(new Set(heard.map(({ key }) => key)).size, 1)
  t.strictSame(
    heard.map(({ authorization }) => authorization),
    ['Bearer token-1', 'Bearer token-2', 'Bearer token-3'],
  )
  t.equal(heard[2]?.body, '{"a":1}')
})

t.test('two changes have two keys; a given key is kept', async (t) => {
  const { heard, client } = await serverThat(t, [], {})
  await client.post('/v1/things', {})
  await client.put('/v1/things/1', {})
  await client.post('/v1/things', {}, { idempotencyKey: 'given-by-me' })
  await client.get('/v1/things')
  const [first, second, third, fourth] = heard
  t.not(first?.key, second?.key)
  t.equal(second?.method, 'PUT')
  t.equal(third?.key, 'given-by-me')
  t.equal(fourth?.key, undefined, 'reading needs none')
})

t.test('a refusal is not tried again and tells code, status and fields', async (t) => {
  const errors = [{ field: 'stage', message: 'Choose one of: shelter.' }]
  const problem = { code: 'invalid_request', detail: 'Correct the fields.', errors, state: 'sent' }
  const { heard, client } = await serverThat(t, [400], problem)
  await t.rejects(client.post('/v1/things', {}), {
    name: 'HubError',
    message: 'invalid_request: Correct the fields.',
    code: 'invalid_request',
    status: 400,
    errors,
    problem: { state: 'sent' },
  })
  t.equal(heard.length, 1)
})

t.test('it gives up after four tries', async (t) => {
  const { heard, client } = await serverThat(t, [503, 503, 503, 503, 200], { code: 'unavailable' })
  await t.rejects(client.get('/v1/things'), { code: 'unavailable', status: 503 })
  t.equal(heard.length, 4)
})
