// Goal: what a caller may write fits what the database can keep, and what does not fit is refused
// with the field and the cure. Method: every input of the OpenAPI document; hostile values by hand.
import t from 'tap'
import { all } from '../services/all.ts'
import { callAs, createNetwork, tokenFor } from './helpers/actors.ts'
import { startHub } from './helpers/hub.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}
interface Operation {
  readonly parameters?: readonly { name: string; schema: Schema }[]
  readonly requestBody?: { content: Readonly<Record<string, { schema: Schema }>> }
}

/** Inputs without a bound, by their path. */
const unbounded = (schema: Schema, path: string): string[] => {
  const open: string[] = []
  const { type } = schema
  if ((type === 'integer' || type === 'number') && schema.maximum === undefined) open.push(path)
  const isFree = [schema.format, schema.enum, schema.const, schema.maxLength, schema.pattern]
  if (type === 'string' && isFree.every((limit) => limit === undefined)) open.push(path)
  if (type === 'array' && schema.maxItems === undefined) open.push(`${path}[]`)
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    open.push(...unbounded(inner, `${path}.${name}`))
  }
  if (schema.items !== undefined) open.push(...unbounded(schema.items, `${path}[]`))
  for (const inner of schema.anyOf ?? []) open.push(...unbounded(inner, path))
  return open
}

t.test('inputs', async (test) => {
  const hub = await startHub(test, { services: all })
  const network = await createNetwork(hub)
  const worker = await callAs(hub, network.sender.worker)

  await test.test('every number, text and list from outside has a bound', async (part) => {
    const { paths } = hub.app.swagger() as unknown as {
      paths: Record<string, Record<string, Operation>>
    }
    const open = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { parameters, requestBody }]) => [
        ...(parameters ?? []).flatMap(({ name, schema }) =>
          unbounded(schema, `${method} ${path} ?${name}`),
        ),
        ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
          unbounded(schema, `${method} ${path} body`),
        ),
      ]),
    )
    part.same(open, [])
  })

  await test.test('text that cannot be kept is refused, naming the field', async (part) => {
    const body = { district: '98.01\0', age_band: 'adult' }
    const answer = await worker('POST', '/v1/cases', body)
    part.equal(answer.status, 400, answer.text)
    part.equal(answer.body.errors[0].field, 'district')
    const half = await worker('POST', '/v1/cases', { gender: '\ud800' })
    part.equal(half.status, 400, half.text)
    const key = await worker('POST', '/v1/cases', { 'gen\0der': 'female' })
    part.equal(key.status, 400, key.text)
    part.equal(key.body.errors[0].field, '(body)', 'a name that the API does not give is not said')
    const query = await worker('GET', '/v1/cases?after=%00')
    part.equal(query.status, 400, query.text)
    part.equal(query.body.errors[0].field, 'after')
  })

  await test.test('nesting without end is refused', async (part) => {
    const deep = `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
    const answer = await hub.app.inject({
      method: 'POST',
      url: '/v1/cases',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'deep-0001' },
      payload: deep,
    })
    part.equal(answer.statusCode, 401, 'not before it is known who asks')
    const token = await tokenFor(hub, network.sender.worker)
    const asked = await fetch(`${hub.url}/v1/cases`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'accept-language': 'en',
        'content-type': 'application/json',
        'idempotency-key': 'deep-0002',
      },
      body: deep,
    })
    const problem = (await asked.json()) as { errors: { field: string; message: string }[] }
    part.equal(asked.status, 400)
    part.match(problem.errors[0]?.message, '32 levels')
    part.ok((problem.errors[0]?.field.length ?? 0) <= 200)
  })

  await test.test('markers that no page of this hub gave are refused', async (part) => {
    const marker = (place: unknown): string =>
      Buffer.from(JSON.stringify(place)).toString('base64url')
    const lists = ['/v1/cases', '/v1/consents', '/v1/stop-orders', '/v1/directory/agencies']
    const places = [
      [1e300, 'x'],
      ['\0', '\0'],
      [-1e12, crypto.randomUUID()],
      [crypto.randomUUID(), 2 ** 40],
      [0.5, 'x'],
    ]
    for (const list of lists) {
      for (const place of places) {
        const answer = await worker('GET', `${list}?after=${marker(place)}`)
        part.equal(answer.status < 500, true, `${list} ${JSON.stringify(place)}: ${answer.text}`)
      }
    }
  })
})
