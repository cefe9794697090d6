// Goal: a withdrawal reaches every holder, by push or by asking, until each has confirmed it.
// Method: fifty holders connected at once; one that is away; servers that answer wrongly.
import type { JSONWebKeySet } from 'jose'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import { referrals } from '../../services/referrals/service.ts'
import { permitIdOf } from '../../src/contracts/permit.ts'
import { CONSENT_WITHDRAWN } from '../../src/contracts/security-event.ts'
import { jsonOf, readJws } from '../../src/jws.ts'
import { callAs, createNetwork, type Call } from '../helpers/actors.ts'
import { addHolders, claimsOf, quantile, startReceiver } from '../helpers/holders.ts'
import { startHub } from '../helpers/hub.ts'
import { until } from '../helpers/until.ts'

const HOLDERS = 50
const hub = await startHub(t, {
  services: [cases, consent, referrals],
  env: { OUTBOUND_LOOPBACK: 'on' },
})
const { sender, recipient } = await createNetwork(hub)
const call = await callAs(hub, sender.worker)
const holders = await addHolders(hub, recipient, HOLDERS)
const receiver = await startReceiver(t)

const must = async (answer: ReturnType<Call>, status: number) => {
  const { status: got, body, text } = await answer
  if (got !== status) throw new Error(`${got}: ${text}`)
  return body
}
/** A case that each of these agencies has accepted for shelter. */
const heldBy = async (some: typeof holders) => {
  const { id: caseId } = await must(call('POST', '/v1/cases', { age_band: 'from_25_to_39' }), 201)
  for (const category of ['identity', 'safety']) {
    await must(
      call('PUT', `/v1/cases/${caseId}/data/${category}`, { data: { note: 'contoh' } }),
      200,
    )
  }
  for (let first = 0; first < some.length; first += 20) {
    const said = {
      case: caseId,
      status: 'given',
      recipients: some.slice(first, first + 20).map((one) => one.id),
      purposes: ['shelter'],
      categories: ['identity', 'safety'],
      onward: 'none',
      method: 'written',
      language: 'id',
      notice: { version: '1', sha256: 'a'.repeat(64) },
      interpreter: false,
    }
    await must(call('POST', '/v1/consents', said), 201)
  }
  const sent = await Promise.all(
    some.map(async ({ service, worker }) => {
      const asked = { case: caseId, service, urgency: 'normal', categories: ['identity', 'safety'] }
      const { id } = await must(call('POST', '/v1/referrals', asked), 201)
      await must(worker('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 }), 200)
      await must(worker('POST', `/v1/referrals/${id}/accept`, { version: 2 }), 200)
      return id as string
    }),
  )
  return { caseId: caseId as string, sent }
}
const withdraw = async (caseId: string) =>
  (await must(call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' }), 200))
    .withdrawal
const told = async (id: string) => (await must(call('GET', `/v1/withdrawals/${id}`), 200)).told
const pushTo = (holder: (typeof holders)[number], more: object = {}) =>
  holder.supervisor('PUT', '/v1/event-stream', {
    method: 'push',
    url: `${receiver.url}/${holder.id}`,
    ...more,
  })

t.test('fifty connected holders learn of a withdrawal, and the tally shows it', async (t) => {
  const pushed = holders.slice(0, HOLDERS / 2)
  const asking = holders.slice(HOLDERS / 2)
  for (const holder of pushed) await must(pushTo(holder, { authorization: 'Bearer rahasia' }), 200)
  const { caseId, sent } = await heldBy(holders)
  const polled: { at: number; token: string }[] = []
  const polls = asking.map(async ({ worker }) => {
    const { sets } = await must(worker('POST', '/v1/events/poll', {}), 200)
    const at = Date.now()
    for (const token of Object.values(sets as Record<string, string>)) polled.push({ at, token })
    const ack = { ack: Object.keys(sets), returnImmediately: true }
    t.same((await must(worker('POST', '/v1/events/poll', ack), 200)).sets, {}, 'none is left')
  })
  const began = Date.now()
  const withdrawal = await withdraw(caseId)
  const answered = Date.now() - began
  await Promise.all(polls)
  const all = await until(
    async () => {
      const tally = await told(withdrawal.id)
      return tally.confirmed === HOLDERS ? tally : null
    },
    { what: 'every holder to confirm' },
  )
  t.same(all, { holders: HOLDERS, confirmed: HOLDERS, unreached: [] })
  const heard = [...receiver.heard, ...polled]
  t.equal(heard.length, HOLDERS, 'each once')
  const took = heard.map(({ at }) => at - began)
  const figures = { p50: quantile(took, 0.5), p99: quantile(took, 0.99), max: Math.max(...took) }
  t.comment(`withdrawal to ${HOLDERS} holders, in ms: ${JSON.stringify({ answered, ...figures })}`)
  const keys = (await (await fetch(`${hub.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
  const handoffs = new Set<string>()
  for (const { token } of heard) {
    const read = await readJws(token, keys, 4096)
    t.equal(read?.typ, 'secevent+jwt')
    const claims = jsonOf(read?.payload ?? new Uint8Array()) as ReturnType<typeof claimsOf>
    t.equal('exp' in claims, false, 'what happened does not end')
    const event = (claims.events as Record<string, { handoff: string; stop_order: string }>)[
      CONSENT_WITHDRAWN
    ]
    t.ok(event?.stop_order)
    handoffs.add(event?.handoff ?? '')
    t.notOk(
      JSON.stringify(claims).includes(caseId) || JSON.stringify(claims).includes(withdrawal.id),
    )
  }
  t.same(handoffs, new Set(sent.map(permitIdOf)))
  const [first] = receiver.heard
  t.match(first, { type: 'application/secevent+jwt', authorization: 'Bearer rahasia' })
  t.ok(
    receiver.heard.every(({ path, token }) => claimsOf(token).aud === `urn:uuid:${path.slice(1)}`),
  )
  t.equal(withdrawal.holders, HOLDERS, 'and each has to answer its order besides')
})

t.test('a holder that is away is told when it is back', async (t) => {
  const [away, there] = holders.slice(0, 2) as [(typeof holders)[number], (typeof holders)[number]]
  const nowhere = await startReceiver(t)
  const { port } = new URL(nowhere.url)
  const { version } = await must(away.supervisor('GET', '/v1/event-stream'), 200)
  await must(pushTo(away, { url: `${nowhere.url}/${away.id}`, version }), 200)
  await nowhere.close()
  const { caseId } = await heldBy([away, there])
  const withdrawal = await withdraw(caseId)
  await until(async () => (await told(withdrawal.id)).confirmed === 1, {
    what: 'the one that is there',
  })
  const stream = await until(
    async () => {
      const read = await must(away.supervisor('GET', '/v1/event-stream'), 200)
      return read.failure === null ? null : read
    },
    { what: 'the failure to show' },
  )
  t.match(stream, { waiting: 1, failure: 'unreachable', has_authorization: false })
  const back = await startReceiver(t, Number(port))
  await until(async () => (await told(withdrawal.id)).confirmed === 2, {
    what: 'the one that is back',
    timeoutMs: 30_000,
  })
  t.equal(back.heard.length, 1)
})

t.test('an answer that is not yes is no confirmation', async (t) => {
  const [one] = holders.slice(2, 3) as [(typeof holders)[number]]
  receiver.answers = 400
  const { caseId } = await heldBy([one])
  const withdrawal = await withdraw(caseId)
  const failure = async () => (await must(one.supervisor('GET', '/v1/event-stream'), 200)).failure
  await until(async () => (await failure()) === 'access_denied', { what: 'the refusal to show' })
  t.match(await told(withdrawal.id), { holders: 1, confirmed: 0 })
  receiver.answers = 302
  const poll = (body: object) => one.worker('POST', '/v1/events/poll', body)
  const { sets } = await must(poll({ returnImmediately: true }), 200)
  const [jti = ''] = Object.keys(sets)
  const other = holders[40] as (typeof holders)[number]
  await must(other.worker('POST', '/v1/events/poll', { ack: [jti], returnImmediately: true }), 200)
  t.equal((await told(withdrawal.id)).confirmed, 0, 'nobody else confirms for it')
  const errors = { setErrs: { [jti]: { err: 'invalid_key' } }, returnImmediately: true }
  await must(poll(errors), 200)
  t.match(await told(withdrawal.id), { confirmed: 0 })
  await must(poll({ ack: [jti], maxEvents: 0 }), 200)
  t.match(await told(withdrawal.id), { holders: 1, confirmed: 1 }, 'asked for, it counts as well')
  receiver.answers = 202
})

t.test('a stream leads to a partner’s server and nowhere else', async (t) => {
  const [one] = holders.slice(3, 4) as [(typeof holders)[number]]
  const { version } = await must(one.supervisor('GET', '/v1/event-stream'), 200)
  for (const url of [
    'https://10.0.0.1/',
    'https://localhost/',
    'https://hub.example:8443/',
    'http://hub.example/',
    'https://user:pass@hub.example/',
    'https://hub.example/#x',
    'ftp://hub.example/',
    'not a url at all',
  ]) {
    const answer = await pushTo(one, { url, version })
    t.match(answer, { status: 400, body: { errors: [{ field: 'url' }] } }, url)
  }
  t.equal((await pushTo(one, { method: 'poll', version })).status, 400)
  t.equal((await pushTo(one, { version: version + 5 })).status, 409)
  const plain = await callAs(hub, recipient.worker)
  t.equal((await plain('PUT', '/v1/event-stream', { method: 'poll' })).status, 403)
  const asks = await must(
    one.supervisor('PUT', '/v1/event-stream', { method: 'poll', version }),
    200,
  )
  t.match(asks, { method: 'poll', url: null, version: version + 1 })
  for (const bad of [{ ack: ['x'] }, { maxEvents: -1 }, { setErrs: { x: { err: 'y' } } }]) {
    t.equal((await one.worker('POST', '/v1/events/poll', bad)).status, 400, JSON.stringify(bad))
  }
})
