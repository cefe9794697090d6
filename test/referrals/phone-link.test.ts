// Goal: an agency with nothing but a telephone acknowledges by a link, once, and the record says so.
// Method: real pages over the hub's socket, a clock that the test turns, the journal as witness.
import t from 'tap'
import { notifications } from '../../services/notifications/service.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { standingClock } from '../helpers/standing-clock.ts'

const clock = standingClock(new Date().toISOString())
const scene = await createScene(t, [notifications], { now: clock.now })
const { hub, network } = scene
const coordinator = await scene.as(network.administrator)
const make = (id: string) => coordinator('POST', `/v1/referrals/${id}/phone-link`)
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const press = (url: string) => fetch(url, { method: 'POST', headers: form, body: '' })
const stateOf = async (id: string): Promise<string> =>
  (await (await scene.as(network.sender.worker))('GET', `/v1/referrals/${id}`)).body.state

t.test('only for an agency that is told by telephone, and only by the coordinator', async (t) => {
  const { id } = await scene.sent()
  t.match(await make(id), { status: 404, body: { code: 'not_found' } })
  const supervisor = await scene.as(network.recipient.supervisor)
  const phone = { kind: 'phone', number: '+99912345678' }
  t.equal((await supervisor('POST', '/v1/channels', phone)).status, 201)
  for (const actor of [
    network.sender.worker,
    network.sender.supervisor,
    network.recipient.worker,
  ]) {
    const answer = await (await scene.as(actor))('POST', `/v1/referrals/${id}/phone-link`)
    t.equal(answer.status, 403, 'who sends cannot acknowledge in the name of who receives')
  }
  t.equal((await make(network.sender.id)).status, 404, 'no such referral')
})

t.test('opening changes nothing, pressing acknowledges, and once', async (t) => {
  const { id, case: subject } = await scene.sent()
  const { status, body } = await make(id)
  t.equal(status, 201)
  t.match(body.url, /^http:\/\/127\.0\.0\.1:\d+\/t\/[A-Za-z0-9_-]{22}$/)
  t.notOk(body.url.includes(id.slice(0, 8)), 'it has no id')
  const looked = [await fetch(body.url), await fetch(body.url, { method: 'HEAD' })]
  for (const page of looked) {
    t.equal(page.status, 200)
    t.same(page.headers.getSetCookie(), [])
    t.match(page.headers.get('content-security-policy'), "default-src 'none'")
    t.equal(page.headers.get('referrer-policy'), 'no-referrer')
  }
  const text = (await looked[0]?.text()) ?? ''
  t.match(text, /Saya sudah menerima/)
  t.match(text, /I have received it/)
  t.notMatch(text, /<script|<a |https?:/)
  const none = await fetch(body.url.replace(/.{22}$/, 'A'.repeat(22)))
  t.equal(await none.text(), text, 'the same page for a link that is none')
  t.equal(await stateOf(id), 'sent', 'whatever opens links by itself acknowledges nothing')

  const [first, second] = await Promise.all([press(body.url), press(body.url)])
  t.ok([first.status, second.status].includes(200))
  t.match(await first.text(), /Terima kasih|sudah dipakai/)
  t.equal(await stateOf(id), 'acknowledged')
  t.equal((await press(body.url)).status, 410)
  const entries = (await scene.entries(id)).filter(({ type }) => /phone|acknowledged/.test(type))
  t.match(entries, [
    {
      type: 'referrals.phone_link.made.v1',
      actor: network.administrator.id,
      agency: null,
      subject,
    },
    {
      type: 'referrals.referral.acknowledged.v1',
      actor: 'phone-contact',
      agency: network.recipient.id,
    },
  ])
  t.equal(entries.length, 2, 'once')
  t.match(await make(id), { status: 404 }, 'it waits no more')
})

t.test('a link ends by time, by a newer one, and with what it is for', async (t) => {
  const { id } = await scene.sent({ urgency: 'urgent' })
  const { body: old } = await make(id)
  const { body: fresh } = await make(id)
  t.equal((await press(old.url)).status, 410)
  const key = { key: 'the-same-key-again' }
  const path = `/v1/referrals/${id}/phone-link`
  const first = await coordinator('POST', path, undefined, key)
  const again = await coordinator('POST', path, undefined, key)
  t.equal(first.body.url, again.body.url, 'asked again with the same key: the same link')
  t.equal((await press(fresh.url)).status, 410)
  clock.set(new Date(clock.now().getTime() + 24 * 3_600_000).toISOString())
  t.equal((await press(first.body.url)).status, 410)
  const { body: last } = await make(id)
  const worker = await scene.as(network.sender.worker)
  const { body: seen } = await worker('GET', `/v1/referrals/${id}`)
  const withdrawn = { version: seen.version, reason: 'wrong_recipient' }
  await worker('POST', `/v1/referrals/${id}/withdraw`, withdrawn)
  t.equal((await press(last.url)).status, 410)
  t.equal(await stateOf(id), 'withdrawn')
})

t.test('who tries links is stopped', async (t) => {
  const { id } = await scene.sent()
  const { body } = await make(id)
  let status = 0
  for (let tries = 0; tries < 11 && status !== 429; tries += 1) {
    status = (await press(`${hub.url}/t/${'B'.repeat(21)}${tries % 10}`)).status
  }
  t.equal(status, 429)
  t.equal((await press(body.url)).status, 200, 'one that holds works from the same address')
  t.equal((await press(body.url)).status, 429)
  clock.set(new Date(clock.now().getTime() + 15 * 60_000).toISOString())
  t.equal((await press(body.url)).status, 410)
})
