// Goal: a request that cannot be read is told which part of it and the cure, as every other one is; a
// program that is not let in learns by which header. Method: raw requests against a hub.
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { createNetwork, personOf } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { personToken } from '../helpers/token.ts'

const hub = await startHub(t, { services: [cases] })
const { sender } = await createNetwork(hub)
const token = await personToken(hub, personOf(sender.id, 'case_worker'))
const post = async (body: string, type: string) => {
  const answer = await fetch(`${hub.url}/v1/cases`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': type,
      'idempotency-key': 'a-key-of-this-test',
      'accept-language': 'en',
    },
    body,
  })
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: await answer.json(),
  }
}

t.test('bodies', async (t) => {
  const cases = [
    ['', /is empty/],
    ['{"age_band":', /is not valid JSON/],
    ['{"__proto__":{}}', /is not valid JSON/],
  ] as const
  for (const [sent, cure] of cases) {
    const { status, body } = await post(sent, 'application/json')
    t.equal(status, 400, sent)
    t.match(body.errors, [{ field: '(body)', message: cure }], sent)
  }
  for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
    const { status, body } = await post('age_band=unknown', type)
    t.match([status, body.code], [415, 'unsupported_media_type'], type)
  }
})

t.test('addresses', async (t) => {
  for (const path of ['/v1/cases/%ff', `/v1/cases/${'a'.repeat(300)}`, '/%c0%80']) {
    const answer = await fetch(`${hub.url}${path}`)
    const text = await answer.text()
    t.ok(answer.status >= 400 && answer.status < 500, `${path.slice(0, 20)}: ${answer.status}`)
    t.match(answer.headers.get('content-type'), 'application/problem+json')
    t.match(answer.headers.get('cache-control'), 'no-store')
    t.notMatch(text, /%ff|aaaa|%c0/, 'what was asked for is not repeated')
  }
})

t.test('tokens', async (t) => {
  const ask = async (headers: Record<string, string>) => {
    const answer = await fetch(`${hub.url}/v1/cases`, { headers })
    const body = (await answer.json()) as { errors?: { field: string }[] }
    return [answer.status, answer.headers.get('www-authenticate'), body.errors?.[0]?.field]
  }
  t.same(await ask({}), [401, 'DPoP algs="ES256"', undefined])
  t.same(await ask({ authorization: 'Bearer nothing' }), [
    401,
    'DPoP algs="ES256", error="invalid_token"',
    'Authorization',
  ])
  t.same(await ask({ authorization: `DPoP ${token}` }), [
    401,
    'DPoP algs="ES256", error="invalid_dpop_proof"',
    'DPoP',
  ])
})

t.test('a request has an end', (t) => {
  t.equal(hub.app.server.requestTimeout, 300_000)
  t.end()
})
