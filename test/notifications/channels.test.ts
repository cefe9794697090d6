// Goal: everybody is told, by every way, and who was not told becomes a task for a person.
// Method: a real mail server, real HTTP servers as partner and push service, a clock that the test
// turns; signatures are checked by another library than the one that made them.
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import jsonwebtoken from 'jsonwebtoken'
import t from 'tap'
import { NEUTRAL } from '../../src/contracts/notices.ts'
import { callAs } from '../helpers/actors.ts'
import { officeOf, startPartner, startTelling } from '../helpers/notices.ts'
import { until } from '../helpers/until.ts'

const SENT = 'referrals.referral.sent.v1'
const telling = await startTelling(t)
const { hub, mail, clock, admin, journal } = telling
const ahead = (minutes: number): void =>
  clock.set(new Date(clock.now().getTime() + minutes * 60_000).toISOString())

t.test('mail, push and webhook tell the same nothing; signatures hold', async (t) => {
  const [office, other] = [officeOf(), officeOf()]
  const [hook, browser] = [await startPartner(t), await startPartner(t)]
  const worker = await callAs(hub, office.worker)
  const supervisor = await callAs(hub, office.supervisor)
  const post = (call: typeof worker, body: object) => call('POST', '/v1/channels', body)
  const address = 'petugas@example.org'
  t.match(await post(worker, { kind: 'email', to: address }), {
    status: 201,
    body: { kind: 'email', for: 'me', active: true, leads_to: address },
  })
  t.match(await post(worker, { kind: 'email', to: address }), { body: { code: 'channel_known' } })
  t.equal((await post(worker, { kind: 'push', endpoint: browser.url })).status, 201)
  t.equal((await post(worker, { kind: 'webhook', url: hook.url })).status, 403)
  t.equal((await post(supervisor, { kind: 'webhook', url: hook.url })).status, 201)
  const evil = await post(supervisor, { kind: 'webhook', url: 'https://hooks.example.org/' })
  t.match(evil, { status: 400, body: { code: 'address_refused' } })
  const foreign = await post(worker, { kind: 'push', endpoint: 'https://push.example.org/x' })
  t.match(foreign, { status: 400, body: { code: 'address_refused' } })
  const listed = (await worker('GET', '/v1/channels')).body.items
  t.same(
    listed.map(({ kind }: { kind: string }) => kind),
    ['email', 'push', 'webhook'],
  )

  await journal(SENT, [other.id, office.id], { agency: other.id, data: { urgency: 'emergency' } })
  await until(() => mail.letters.length === 1, { what: 'a mail' })
  await until(() => browser.requests.length === 1 && hook.requests.length === 1, { what: 'calls' })
  t.match(mail.letters[0], { to: [address] })
  const [, text = ''] = mail.letters[0]?.text.split('\r\n\r\n') ?? []
  t.equal(text.replaceAll('\r\n', '\n').trim(), NEUTRAL.text.trim())
  // A mail's own id is random and of this mail alone.
  const letter = mail.letters[0]?.text.replace(/^Message-ID: .*$/im, '')
  t.notMatch(letter, /https?:|[0-9a-f]{8}-[0-9a-f]{4}-/)

  const push = browser.requests[0]
  t.equal(push?.body, '', 'an empty payload')
  t.match(push?.headers, { ttl: '86400', urgency: 'high', topic: 'notice' })
  const [, token = '', point = ''] =
    /^vapid t=([^,]+), k=(.+)$/.exec(push?.headers.authorization ?? '') ?? []
  t.equal((await worker('GET', '/v1/push/key')).body.key, point)
  const bytes = Buffer.from(point, 'base64url')
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: bytes.subarray(1, 33).toString('base64url'),
    y: bytes.subarray(33).toString('base64url'),
  }
  const keyOf = (key: JsonWebKey) => createPublicKey({ key, format: 'jwk' })
  const algorithms = ['ES256' as const]
  const audience = new URL(browser.url).origin
  t.ok(jsonwebtoken.verify(token, keyOf(jwk), { algorithms, audience }))

  const set = hook.requests[0]
  t.equal(set?.headers['content-type'], 'application/secevent+jwt')
  const permitKey = hub.keys.permits.publicJwk as JsonWebKey
  const said = jsonwebtoken.verify(set?.body ?? '', keyOf(permitKey), {
    algorithms,
    complete: true,
  })
  t.match(said.header, { typ: 'secevent+jwt', alg: 'ES256' })
  const payload = said.payload as jsonwebtoken.JwtPayload
  t.same(Object.keys(payload).sort(), ['aud', 'events', 'iat', 'iss', 'jti'])
  const [sent] = (await worker('GET', '/v1/feed?after=0')).body.items.filter(
    ({ type }: { type: string }) => type === SENT,
  )
  const reachedAt = sent.n
  t.same(payload['events'], { [`${hub.url}/events/feed.grown/v1`]: { head: reachedAt } })
  t.throws(() => jsonwebtoken.verify(`${set?.body.slice(0, -8)}AAAAAAAA`, keyOf(permitKey)))

  const reached = (await worker('GET', '/v1/notices?for=me')).body.items
  t.match(reached, [
    { kind: /push|email/, state: 'sent', level: 'urgent', type: SENT, n: reachedAt },
    { kind: /push|email/, state: 'sent', level: 'urgent', type: SENT, n: reachedAt },
  ])
  const others = await callAs(hub, other.worker)
  t.same((await others('GET', '/v1/notices?for=me')).body.items, [], 'who did it is not told')
})

t.test('a try that fails is made again, by whichever replica, with the same id', async (t) => {
  const office = officeOf()
  const hook = await startPartner(t)
  const supervisor = await callAs(hub, office.supervisor)
  await supervisor('POST', '/v1/channels', { kind: 'webhook', url: hook.url })
  hook.answer(503)
  await journal(SENT, [office.id])
  const notice = async () => (await supervisor('GET', '/v1/notices?for=agency')).body.items[0]
  await until(async () => (await notice())?.tries === 1, { what: 'a first try' })
  t.match(await notice(), { state: 'waiting', failure: 'status_503' })
  await hub.close()
  const next = await telling.again()
  hook.answer(202)
  ahead(1)
  await until(() => hook.requests.length === 2, { what: 'a second try after the restart' })
  const idOf = (body = '') => (jsonwebtoken.decode(body) as jsonwebtoken.JwtPayload).jti
  t.equal(idOf(hook.requests[0]?.body), idOf(hook.requests[1]?.body))
  const again = await callAs(next, office.supervisor)
  await until(
    async () => (await again('GET', '/v1/notices?for=agency&state=sent')).body.items.length === 1,
    { what: 'it to be settled' },
  )

  // A day of failures: a task, an entry in the feed, and a way to send it again.
  hook.answer(500)
  await journal(SENT, [office.id])
  const dead = async () => (await again('GET', '/v1/notices?for=agency&state=dead')).body.items[0]
  await until(
    async () => {
      ahead(12 * 60)
      return await dead()
    },
    { what: 'the end of the tries', timeoutMs: 30_000 },
  )
  t.match(await dead(), { tries: 8, failure: 'status_500' })
  const tasks = async () => (await again('GET', '/v1/tasks')).body.items
  t.match(await tasks(), [{ kind: 'notice_undelivered', data: { kind: 'webhook' } }])
  await until(
    async () =>
      (await again('GET', '/v1/feed?after=0')).body.items.some(
        ({ type }: { type: string }) => type === 'notifications.notice.undelivered.v1',
      ),
    { what: 'the feed to say so' },
  )
  const administrator = await callAs(next, {
    ...office.supervisor,
    agency: null,
    roles: ['hub_administrator'],
  })
  const unreachable = (await administrator('GET', '/v1/tasks')).body.items
  t.match(unreachable, [{ kind: 'agency_unreachable', object: office.id }])
  hook.answer(202)
  const { id } = await dead()
  t.equal((await again('POST', `/v1/notices/${id}/resend`)).status, 200)
  await until(async () => (await dead()) === undefined, { what: 'it to be sent at last' })
  t.match(await again('POST', `/v1/notices/${id}/resend`), { body: { code: 'notice_not_dead' } })
  const [task] = await tasks()
  t.equal((await again('POST', `/v1/tasks/${task.id}/done`)).status, 200)
  t.same(await tasks(), [])
  const stranger = await callAs(next, officeOf().supervisor)
  t.equal((await stranger('POST', `/v1/notices/${id}/resend`)).status, 404)
  t.equal((await stranger('POST', `/v1/tasks/${task.id}/done`)).status, 404)

  // An address that is unknown ends its channel at once.
  const boxless = await callAs(next, office.worker)
  await boxless('POST', '/v1/channels', { kind: 'email', to: 'gone@example.org' })
  const [, box] = (await boxless('GET', '/v1/channels')).body.items
  t.equal((await boxless('POST', `/v1/channels/${box.id}/test`)).status, 200)
  await until(
    async () => (await boxless('GET', '/v1/notices?for=me')).body.items[0]?.state === 'dead',
    { what: 'the refusal' },
  )
  t.match((await boxless('GET', '/v1/notices?for=me')).body.items[0], {
    failure: 'smtp_550',
    tries: 1,
  })
  t.match((await boxless('GET', '/v1/channels')).body.items[1], { active: false })
  const boxTasks = (await boxless('GET', '/v1/tasks')).body.items
  t.match(boxTasks, [{ kind: 'notice_undelivered', object: box.id, data: { kind: 'email' } }])
  const repaired = await boxless('POST', '/v1/channels', { kind: 'email', to: 'gone@example.org' })
  t.equal(repaired.status, 201, 'an address that works again is added again')

  // A server's own policy says nothing of the address; a spoilt box is a failure like any other.
  const spoilt = async (to: string) => {
    const { body } = await boxless('POST', '/v1/channels', { kind: 'email', to })
    if (to.startsWith('spoilt')) {
      await admin`update notifications.channel set ciphertext = 'x' where id = ${body.id}`
    }
    t.equal((await boxless('POST', `/v1/channels/${body.id}/test`)).status, 200)
    const told = async () =>
      (
        await admin`select tries, state, failure from notifications.delivery where channel = ${body.id}`
      )[0]
    await until(async () => (await told())?.['tries'] === 1, { what: `a try to ${to}` })
    t.match(await told(), {
      state: 'waiting',
      failure: to.startsWith('far') ? 'smtp_550' : 'hub_failed',
    })
    t.ok((await admin`select from notifications.channel where id = ${body.id} and active`).length)
  }
  await spoilt('far@example.org')
  await spoilt('spoilt@example.org')
})
