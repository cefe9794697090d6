// Goal: an agency's program signs consent with its own key, which the hub keeps as it came; whatever is
// not exactly that is refused. Method: the API with keys made here, one thing changed at a time.
import { createHash } from 'node:crypto'
import t from 'tap'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import { newId } from '../../src/id.ts'
import { systemOf } from '../helpers/actors.ts'
import { forge, respelled } from '../helpers/handoff.ts'
import {
  admitOwnKey,
  recordSigned,
  signTexts,
  statementHead,
  type OwnKey,
  type Texts,
} from '../helpers/own-key.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { CONSENTED } from '../helpers/statement.ts'

const scene = await createScene(t)
const { network, admin } = scene
const { sender, recipient, other } = network
const program = await scene.as(systemOf(sender.id, 'referrals:send'))
const supervisor = await scene.as(sender.supervisor)
const key = await admitOwnKey(admin, sender.id)

const said = (caseId: string, more: object = {}) => ({
  ...CONSENTED,
  case: caseId,
  recipients: [recipient.id, other.id],
  ...more,
})
const toSign = async (asked: object): Promise<Texts> =>
  (await program('POST', '/v1/consents/to-sign', asked)).body
const end = (kid: string, state: string) =>
  supervisor('POST', `/v1/agency-keys/${sender.id}/${kid}/end`, { state })
const statementsOf = (caseId: string) =>
  admin`select jws, custody, kid from consent.statement where case_id = ${caseId}`

const refusals = async (reason = 'statement_signature_wrong'): Promise<number> => {
  const [row] = await admin`select count(*)::int as n from journal.entry
    where type = 'consent.change.refused.v1' and outcome = 'refused' and reason = ${reason}`
  return row?.['n'] as number
}

t.test('a refusal to make texts out is on the record, as any other', async (t) => {
  const before = await refusals('recipient_unknown')
  const strange = said(await scene.openCase(), { recipients: [newId()] })
  t.match((await program('POST', '/v1/consents/to-sign', strange)).body, {
    code: 'recipient_unknown',
  })
  t.equal((await refusals('recipient_unknown')) - before, 1)
})

t.test('what the agency signed is kept as it came', async (t) => {
  const caseId = await scene.openCase()
  const asked = said(caseId)
  const texts = await toSign(asked)
  t.same((await statementsOf(caseId)).length, 0, 'asking for the texts records nothing')
  const signed = signTexts(texts, key)
  const { status, body, text } = await program('POST', '/v1/consents', { ...asked, signed })
  t.equal(status, 201, text)
  t.match(body.statement, { custody: 'agency', jws: signed.whole, body: texts.whole, version: 1 })
  t.match(JSON.parse(texts.whole), { custody: 'agency', iss: permitAudienceOf(sender.id) })
  t.equal(body.statement.digest, createHash('sha256').update(texts.whole).digest('base64url'))
  const copies = await admin`select recipient, jws, kid from consent.statement_copy
    where statement = ${body.statement.id}`
  t.same(
    new Map(copies.map((row) => [row['recipient'], row['jws']])),
    new Map(signed.copies.map((copy) => [copy.recipient, copy.jws])),
  )
  t.notOk(
    texts.copies.find((copy) => copy.recipient === other.id)?.text.includes(recipient.id),
    'a copy names no other recipient',
  )
  const again = await program('POST', '/v1/consents', { ...asked, signed })
  t.match(again.body, { code: 'version_conflict' }, 'once, with whatever idempotency key')
  const next = { ...asked, id: body.statement.id, version: 1, categories: ['identity'] }
  t.match((await recordSigned(program, next, key)).body.statement, { version: 2 })
  const refusal = { ...said(await scene.openCase()), status: 'refused' }
  t.match((await recordSigned(program, refusal, key)).body.statement, { status: 'refused' })
  const byHub = await program('POST', '/v1/consents', asked)
  t.match(byHub.body.statement, { custody: 'hub' }, 'without a signature the hub signs')
})

t.test('what was made out before a withdrawal gives nothing back after it', async (t) => {
  const caseId = await scene.openCase()
  const asked = said(caseId)
  await recordSigned(program, asked, key)
  const wider = { ...asked, categories: ['identity', 'safety', 'legal'] }
  const texts = await toSign(wider)
  await supervisor('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  const late = await program('POST', '/v1/consents', { ...wider, signed: signTexts(texts, key) })
  t.match(late.body, { status: 409, code: 'statement_overtaken' })
  const live =
    await admin`select id from consent.grant where case_id = ${caseId} and status = 'active'`
  t.equal(live.length, 0)
})

t.test('whatever is not exactly that is refused, and nothing recorded', async (t) => {
  const caseId = await scene.openCase()
  const asked = said(caseId)
  const texts = await toSign(asked)
  const good = signTexts(texts, key)
  const foreign = await admitOwnKey(admin, recipient.id)
  const cooling = await admitOwnKey(admin, sender.id, 5)
  const stranger = await admitOwnKey(admin, newId())
  const young = await admitOwnKey(admin, sender.id, 0)
  const [retired, revoked] = [
    await admitOwnKey(admin, sender.id),
    await admitOwnKey(admin, sender.id),
  ]
  t.equal((await end(retired.kid, 'retired')).status, 200)
  t.equal((await end(revoked.kid, 'revoked')).status, 200)
  const head = (more: object) => signTexts(texts, key, statementHead(key, more))
  const claims = JSON.parse(texts.whole) as Record<string, unknown>
  const whole = (payload: object | string, by: OwnKey = key) => ({
    ...good,
    whole: forge(statementHead(by), payload, by),
  })
  const iat = Number(claims['iat'])
  const [first, second] = good.copies
  const swapped = [
    { recipient: first?.recipient, jws: second?.jws },
    { recipient: second?.recipient, jws: first?.jws },
  ]
  const wrong: Record<string, object> = {
    'no algorithm': {
      ...good,
      whole: `${head({ alg: 'none' }).whole.split('.').slice(0, 2).join('.')}.`,
    },
    'HMAC with the public key': head({ alg: 'HS256' }),
    ES384: head({ alg: 'ES384' }),
    'a key of its own': head({ jwk: key.jwk }),
    'a key address': head({ jku: 'https://a.example' }),
    'a certificate address': head({ x5u: 'https://a.example' }),
    'an order to understand': head({ crit: ['x'], x: 1 }),
    'another typ': head({ typ: 'JWT' }),
    'no typ': head({ typ: undefined }),
    'no kid': head({ kid: undefined }),
    'a kid that is none': head({ kid: 'a\u0000b' }),
    'the kid of another': head({ kid: foreign.kid }),
    'another key under this kid': signTexts(texts, stranger, statementHead(key)),
    'a key of another agency': signTexts(texts, foreign),
    'a key that does not count yet': signTexts(texts, cooling),
    'a key that did not count when it was written': signTexts(texts, young),
    'a retired key': signTexts(texts, retired),
    'a revoked key': signTexts(texts, revoked),
    'another spelling': { ...good, whole: respelled(good.whole) },
    'no signature': { ...good, whole: good.whole.replace(/\.[^.]*$/, '.') },
    'not canonical': whole(JSON.stringify(claims, null, 1)),
    'members in another order': whole(
      JSON.stringify(Object.fromEntries(Object.entries(claims).toReversed())),
    ),
    'the hub holds the key': whole({ ...claims, custody: 'hub' }),
    'another audience': whole({ ...claims, aud: 'x' }),
    'another end': whole({ ...claims, exp: Number(claims['exp']) + 1 }),
    'another survivor': whole({ ...claims, sub: `pw:${'A'.repeat(22)}` }),
    'another statement': whole({ ...claims, jti: `c_${'0'.repeat(32)}` }),
    'another version': whole({ ...claims, ver: 2 }),
    'a moment later': whole({ ...claims, iat: iat + 1 }),
    'long ago': whole({ ...claims, iat: iat - 601 }),
    'to come': whole({ ...claims, iat: iat + 60 }),
    'a time that is text': whole({ ...claims, iat: String(iat) }),
    'no JSON': whole('x'),
    nothing: { whole: '', copies: [] },
    'a copy for another': { ...good, copies: swapped },
    'a copy too few': { ...good, copies: good.copies.slice(1) },
    'a copy twice': { ...good, copies: [first, first] },
    'a copy too many': { ...good, copies: [...good.copies, { ...first, recipient: newId() }] },
    'a copy by another key': { ...good, copies: signTexts(texts, stranger).copies },
    'a copy by another key of the agency': {
      ...good,
      copies: signTexts(texts, await admitOwnKey(admin, sender.id)).copies,
    },
  }
  const before = await refusals()
  for (const [what, signed] of Object.entries(wrong)) {
    const { status, body } = await program('POST', '/v1/consents', { ...asked, signed })
    t.match({ status, body }, { status: 422, body: { code: 'statement_signature_wrong' } }, what)
  }
  for (const more of [
    { categories: ['identity'] },
    { recipients: [recipient.id] },
    { purposes: ['shelter', 'legal'] },
    { onward: 'with_new_consent' },
    { interpreter: true },
  ]) {
    const { body } = await program('POST', '/v1/consents', { ...asked, ...more, signed: good })
    t.match(body, { code: 'statement_signature_wrong' }, `what is recorded: ${Object.keys(more)}`)
  }
  const worker = await scene.as(sender.worker)
  const { body: borrowed } = await worker('POST', '/v1/consents', { ...asked, signed: good })
  t.match(borrowed, { code: 'statement_signature_wrong' }, 'recorded by somebody else')
  t.same(await statementsOf(caseId), [])
  t.equal((await refusals()) - before, Object.keys(wrong).length + 6, 'each on the record, once')
  for (const padded of [`${good.whole}==`, good.whole.replace('.', '=.')]) {
    const signed = { ...good, whole: padded }
    const { status, body } = await program('POST', '/v1/consents', { ...asked, signed })
    t.match({ status, body }, { status: 400, body: { code: 'invalid_request' } }, 'padding')
  }
  t.equal((await program('POST', '/v1/consents', { ...asked, signed: good })).status, 201)
})
