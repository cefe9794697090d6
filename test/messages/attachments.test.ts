// Goal: an image reaches the other agency as a picture and nothing else, on the record, as a file to save.
// Method: uploads over a real socket; the stored boxes are opened with the hub's key and searched.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { messages } from '../../services/messages/service.ts'
import type { Actor } from '../../src/actor.ts'
import { attachmentPlace, MESSAGE_SEAL, unseal } from '../../src/seal.ts'
import { tokenFor } from '../helpers/actors.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { EICAR, GPS, jpegOf, withGps } from '../helpers/jpeg.ts'

const scene = await createScene(t, [messages])
const { hub, network, admin } = scene
const { sender, recipient, other } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)

const accepted = async () => {
  const { id, case: caseId } = await scene.sent()
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  return { id, caseId, path: `/v1/referrals/${id}/messages` }
}
const said = (more: object = {}) => ({ category: 'safety', text: 'Lihat.', ...more })

const upload = async (
  actor: Actor,
  path: string,
  image: Buffer,
  more: Record<string, string> = {},
) => {
  const response = await fetch(`${hub.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tokenFor(hub, actor)}`,
      'content-type': 'image/jpeg',
      'idempotency-key': randomUUID(),
      'accept-language': 'en',
      ...more,
    },
    body: new Uint8Array(image),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

t.test('an image: cleaned, sealed, given once as a file', async (t) => {
  const { id, path } = await accepted()
  const there = `/v1/referrals/${id}/attachments?category=safety`
  const key = randomUUID()
  const added = await upload(sender.worker, there, withGps, { 'idempotency-key': key })
  t.match(added, { status: 201, body: { media_type: 'image/jpeg', width: 8, height: 8 } })
  const again = await upload(sender.worker, there, withGps, { 'idempotency-key': key })
  t.same(again.body, added.body, 'once')
  const attachments = [added.body['id']]
  const { body: sent } = await call('POST', path, said({ attachments }))
  t.match((await call('POST', path, said({ attachments }))).body, { code: 'attachment_unknown' })
  t.match((await theirs('GET', path)).body.items[0].attachments, [{ id: added.body['id'] }])
  const opened = await theirs('POST', `/v1/attachments/${attachments[0]}/open`)
  t.equal(opened.status, 200, opened.text)
  const { file } = opened.body
  t.ok(file.startsWith('/v1/files/'))
  t.notOk(file.includes(id) || file.includes(sent.id), 'the path says nothing')
  const get = async (actor: Actor) =>
    await fetch(`${hub.url}${file}`, {
      headers: { authorization: `Bearer ${await tokenFor(hub, actor)}` },
    })
  t.equal((await get(recipient.supervisor)).status, 404, 'for who opened it alone')
  const response = await get(recipient.worker)
  t.equal(response.status, 200)
  t.match(response.headers.get('content-disposition'), /^attachment; filename="berkas.jpg"$/)
  t.equal(response.headers.get('x-content-type-options'), 'nosniff')
  t.match(response.headers.get('content-security-policy'), /sandbox/)
  const got = Buffer.from(await response.arrayBuffer())
  t.notOk(/GPS|Exif|Melur|EICAR/.test(got.toString('latin1')))
  t.same(got, jpegOf(), 'the picture, and nothing else')
  const [kept] = await admin`
    select ciphertext, wrapped_key from messages.attachment where id = ${attachments[0] as string}`
  const box = { ciphertext: kept?.['ciphertext'], wrappedKey: kept?.['wrapped_key'] }
  t.notOk(box.ciphertext.includes(jpegOf().subarray(0, 32)), 'stored sealed')
  const place = attachmentPlace(attachments[0] as string)
  const stored = unseal(hub.keys.derive(MESSAGE_SEAL), box, place).toString('latin1')
  for (const hidden of [GPS, EICAR, 'Exif', 'Melur']) t.notOk(stored.includes(hidden), hidden)
  t.equal((await get(recipient.worker)).status, 404, 'once')
  await call('POST', `/v1/messages/${sent.id}/retract`)
  t.equal((await theirs('POST', `/v1/attachments/${attachments[0]}/open`)).status, 404)
})

t.test('an upload that is no image, or too long, leaves nothing', async (t) => {
  const { id } = await accepted()
  const place = `/v1/referrals/${id}/attachments?category=safety`
  const count = async () =>
    (await admin`select count(*)::int as n from messages.attachment where referral = ${id}`)[0]?.[
      'n'
    ]
  const zip = Buffer.from('PK\x03\x04', 'latin1')
  t.match(await upload(sender.worker, place, zip), {
    status: 422,
    body: { code: 'image_not_taken' },
  })
  const long = Buffer.concat([jpegOf(), Buffer.alloc(9 * 1024 * 1024)])
  t.match(await upload(sender.worker, place, long), {
    status: 413,
    body: { code: 'image_too_large' },
  })
  t.equal((await call('POST', place, { not: 'an image' })).status, 422)
  const html = { 'content-type': 'text/html' }
  t.equal((await upload(sender.worker, place, jpegOf(), html)).status, 415)
  const strange = `/v1/referrals/${id}/attachments?category=legal`
  t.match(await upload(sender.worker, strange, jpegOf()), { body: { code: 'category_not_shared' } })
  t.equal((await upload(other.worker, place, jpegOf())).status, 404)
  t.equal(await count(), 0)
})

t.test('about a case, both ways; forgotten when it is not sent', async (t) => {
  const { id, caseId, path } = await accepted()
  const mine = `/v1/cases/${caseId}/attachments?category=safety&with=${recipient.id}`
  const added = await upload(sender.worker, mine, jpegOf())
  t.equal(added.status, 201)
  const attachments = [added.body['id']]
  t.match((await call('POST', path, said({ attachments }))).body, { code: 'attachment_unknown' })
  const asked = { ...said({ attachments }), with: recipient.id }
  t.equal((await call('POST', `/v1/cases/${caseId}/messages`, asked)).status, 201)
  t.equal((await theirs('POST', `/v1/attachments/${attachments[0]}/open`)).status, 200)
  const back = `/v1/referrals/${id}/attachments?category=safety&to=owner`
  const answer = await upload(recipient.worker, back, jpegOf())
  t.equal(answer.status, 201)
  const unsent = `/v1/attachments/${answer.body['id']}/open`
  t.equal((await call('POST', unsent)).status, 404, 'not sent is not to be seen')
  t.equal((await theirs('POST', unsent)).status, 200)
  t.equal((await upload(other.worker, mine, jpegOf())).status, 404)
  const before = new Date(Date.now() + 1000).toISOString()
  await admin`select messages.forget_unsent(${JSON.stringify([{ before }])}::text::jsonb)`
  t.equal((await theirs('POST', unsent)).status, 404)
  t.equal((await theirs('POST', `/v1/attachments/${attachments[0]}/open`)).status, 200)
})

t.test('consent that ends between opening and reading gives nothing', async (t) => {
  const { id, caseId, path } = await accepted()
  const there = `/v1/referrals/${id}/attachments?category=safety`
  const { body } = await upload(sender.worker, there, jpegOf())
  await call('POST', path, said({ attachments: [body['id']] }))
  const opened = await theirs('POST', `/v1/attachments/${body['id']}/open`)
  t.equal(opened.status, 200, opened.text)
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  t.equal((await theirs('GET', opened.body.file)).status, 404)
})
