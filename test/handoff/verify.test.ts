// Goal: a hand-off is believed only when each of its documents is what it says. Method: one that holds,
// with one thing changed at a time, always signed again by whoever could sign it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { MANIFEST_TYPE, STATEMENT_TYPE, STATUS_LIST_TYPE } from '../../src/contracts/handoff.ts'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import { digestOf } from '../../src/handoff/manifest.ts'
import { verifyHandoff, verifyPermit, type HandoffExpectation } from '../../src/handoff/verify.ts'
import { newId } from '../../src/id.ts'
import { loadKeys } from '../../src/keys.ts'
import { permitClaims } from '../../src/permits.ts'
import { forge, handoffOf, HUB, orderIndexOf } from '../helpers/handoff.ts'

const folder = await mkdtemp(join(tmpdir(), 'titian-handoff-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const keys = await loadKeys(folder, null)
const one = await handoffOf(keys)
const { permit, statement, sender, trust, facts } = one
const header = { alg: 'ES256', typ: 'handoff-permit+jwt', kid: keys.permits.kid }
const expected: HandoffExpectation = { issuer: HUB, audience: permit.aud }

const judge = async (
  more: Parameters<typeof one.proof>[0],
  with_: Partial<HandoffExpectation> = {},
) => await verifyHandoff(await one.proof(more), trust, { ...expected, ...with_ })
const refused = async (
  t: Test,
  what: string,
  step: string,
  more: Parameters<typeof one.proof>[0],
  with_: Partial<HandoffExpectation> = {},
) => t.match(await judge(more, with_), { holds: false, step }, what)
const byHub = (claims: object, head: object = header) => ({
  permit: forge(head, claims, keys.permits),
})
const detail = (change: object) => ({
  ...permit,
  authorization_details: [{ ...permit.authorization_details[0], ...change }],
})

t.test('what holds, holds, and says nothing personal', async (t) => {
  t.match(await judge({}), { holds: true, permit: { jti: permit.jti }, statement: { ver: 3 } })
  const parts = new Map([['identity', one.sealed] as const])
  t.match(await judge({}, { parts }), { holds: true })
  t.same(permit, await permitClaims(keys, HUB, facts), 'the same facts give the same claims')
  t.equal(permit.exp, permit.iat + 900)
  t.equal(permit.authorization_details[0]?.retain_until, '2027-02-22')
  const text = JSON.stringify(permit)
  t.notOk(text.includes(facts.case) || text.includes(facts.actor), 'pseudonyms alone')
  const elsewhere = await permitClaims(keys, HUB, { ...facts, recipient: newId() })
  t.not(elsewhere.sub, permit.sub, 'another agency is told another name')
  t.equal(permit.cnf.jkt, sender.kid)
  t.equal(permit.status.status_list.idx, orderIndexOf(keys, facts.number))
  t.ok((await one.proof()).permit.length < 2048)
})

t.test('another lawful basis is never shown as consent', async (t) => {
  const other = await handoffOf(keys, { basis: 'vital_interest', statement: null })
  const proof = await other.proof()
  const mine = { issuer: HUB, audience: other.permit.aud }
  const verdict = await verifyHandoff({ ...proof, statement: null }, other.trust, mine)
  t.match(verdict, { holds: true, statement: null, permit: { cst: undefined } })
  const borrowed = await verifyHandoff(proof, other.trust, mine)
  t.match(borrowed, { holds: false, step: 'statement' })
})

t.test('1: the spelling', async (t) => {
  const { permit: token } = await one.proof()
  const last = token.slice(-1)
  const spelled = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
    .map((letter) => token.slice(0, -1) + letter)
    .filter(
      (other) =>
        other.slice(-1) !== last &&
        Buffer.from(other.split('.')[2] ?? '', 'base64url').equals(
          Buffer.from(token.split('.')[2] ?? '', 'base64url'),
        ),
    )
  t.ok(spelled.length > 0, 'the signature has other spellings')
  const bad: Record<string, string> = {
    'another spelling': spelled[0] ?? '',
    padding: `${token}==`,
    'a line break': `${token}\n`,
    'a space inside': token.replace('.', ' .'),
    'a fourth part': `${token}.`,
    nothing: '',
  }
  for (const [what, text] of Object.entries(bad)) await refused(t, what, 'form', { permit: text })
})

t.test('2: the permit', async (t) => {
  for (const [what, more] of [
    [
      'no algorithm',
      {
        permit: `${forge({ ...header, alg: 'none' }, permit, keys.permits)
          .split('.')
          .slice(0, 2)
          .join('.')}.`,
      },
    ],
    ['HMAC with the public key', byHub(permit, { ...header, alg: 'HS256' })],
    ['ES384', byHub(permit, { ...header, alg: 'ES384' })],
    ['a key of its own', byHub(permit, { ...header, jwk: keys.tokens.publicJwk })],
    ['a key address', byHub(permit, { ...header, jku: 'https://a.example' })],
    ['a certificate address', byHub(permit, { ...header, x5u: 'https://a.example' })],
    ['an order to understand', byHub(permit, { ...header, crit: ['x'], x: 1 })],
    ['an unencoded payload', byHub(permit, { ...header, crit: ['b64'], b64: false })],
    ['the key of access tokens', { permit: forge(header, permit, keys.tokens) }],
    [
      'a key of that name',
      { permit: forge({ ...header, kid: keys.tokens.kid }, permit, keys.tokens) },
    ],
    ['the key of an agency', { permit: forge(header, permit, sender) }],
  ] as const) {
    await refused(t, what, 'form', more)
  }
  const late = { ...permit, iat: permit.iat - 931, nbf: permit.nbf - 931, exp: permit.exp - 931 }
  for (const [what, more] of [
    ['no kid', byHub(permit, { alg: 'ES256', typ: header.typ })],
    ['another typ', byHub(permit, { ...header, typ: 'at+jwt' })],
    ['no typ', byHub(permit, { alg: 'ES256', kid: header.kid })],
    ['another receiver', byHub({ ...permit, aud: permitAudienceOf(newId()) })],
    ['two receivers', byHub({ ...permit, aud: [permit.aud, permitAudienceOf(newId())] })],
    ['a receiver in a list', byHub({ ...permit, aud: [permit.aud] })],
    ['another issuer', byHub({ ...permit, iss: 'https://other.example' })],
    ['ended', byHub(late)],
    ['older than it may be', byHub({ ...permit, iat: permit.iat - 931 })],
    ['not yet', byHub({ ...permit, iat: permit.iat + 60, nbf: permit.nbf + 60 })],
    ['no end', byHub({ ...permit, exp: undefined })],
    ['an end that is text', byHub({ ...permit, exp: String(permit.exp) })],
    ['no name', byHub({ ...permit, jti: undefined })],
    ['no key of the sender', byHub({ ...permit, cnf: undefined })],
    ['no manifest', byHub({ ...permit, htd: undefined })],
    ['no status', byHub({ ...permit, status: undefined })],
    ['one more claim', byHub({ ...permit, name: 'x' })],
    ['a category that is none', byHub(detail({ datatypes: ['everything'] }))],
    ['another place', byHub(detail({ locations: [] }))],
  ] as const) {
    await refused(t, what, 'permit', more)
  }
  t.equal(await verifyPermit((await one.proof()).manifest, trust.hubKeys, expected), null)
})

t.test('3: the manifest and the parts', async (t) => {
  const { manifest } = await one.proof()
  const claims = JSON.parse(Buffer.from(manifest.split('.')[1] ?? '', 'base64url').toString())
  const head = { alg: 'ES256', typ: MANIFEST_TYPE, kid: sender.kid }
  const citing = (change: object) => {
    const text = JSON.stringify({ ...claims, ...change })
    return { manifest: forge(head, text, sender), ...byHub({ ...permit, htd: digestOf(text) }) }
  }
  const other = await handoffOf(keys)
  for (const [what, more] of [
    ['by another key of that name', { manifest: forge(head, claims, other.sender) }],
    ['by the hub', { manifest: forge({ ...head, kid: keys.permits.kid }, claims, keys.permits) }],
    ['of another hand-off', { manifest: (await other.proof()).manifest }],
    ['another digest', byHub({ ...permit, htd: digestOf('x') })],
    ['another key of the sender', byHub({ ...permit, cnf: { jkt: other.sender.kid } })],
    ['an unknown sender', byHub({ ...permit, act: { ...permit.act, sub: other.permit.act.sub } })],
    [
      'another typ',
      { manifest: forge({ ...head, typ: STATEMENT_TYPE }, JSON.stringify(claims), sender) },
    ],
    ['a part less', citing({ parts: claims.parts.slice(1) })],
    ['for another receiver', citing({ aud: other.permit.aud })],
    ['another statement', citing({ cst: digestOf('x') })],
    ['one more member', citing({ note: 'x' })],
    ['nothing', { manifest: '' }],
  ] as const) {
    await refused(t, what, 'manifest', more)
  }
  const swapped = new Map([['safety', one.sealed] as const])
  await refused(t, 'a part in another place', 'manifest', {}, { parts: swapped })
  const unlisted = new Map([['legal', one.sealed] as const])
  await refused(t, 'a part that is not listed', 'manifest', {}, { parts: unlisted })
})

t.test('4: the statement', async (t) => {
  const head = { alg: 'ES256', typ: STATEMENT_TYPE, kid: sender.kid }
  const [given] = statement.authorization_details
  const { cst } = permit
  const citing = async (change: object, by = sender) => {
    const text = JSON.stringify({ ...statement, ...change })
    const dig = digestOf(text)
    const { manifest } = await one.proof()
    const listed = JSON.parse(Buffer.from(manifest.split('.')[1] ?? '', 'base64url').toString())
    const anew = JSON.stringify({ ...listed, cst: dig })
    return {
      statement: forge(head, text, by),
      manifest: forge({ ...head, typ: MANIFEST_TYPE }, anew, sender),
      ...byHub({ ...permit, cst: { ...cst, dig }, htd: digestOf(anew) }),
    }
  }
  t.match(await judge(await citing({})), { holds: true }, 'the forge itself works')
  const terms = (change: object) => ({ authorization_details: [{ ...given, ...change }] })
  const other = await handoffOf(keys)
  for (const [what, more] of [
    ['none', { statement: null }],
    ['another one', { statement: (await other.proof()).statement }],
    ['by another key', { statement: forge(head, JSON.stringify(statement), other.sender) }],
    [
      'by the hub',
      {
        statement: forge(
          { ...head, kid: keys.permits.kid },
          JSON.stringify(statement),
          keys.permits,
        ),
      },
    ],
    [
      'another typ',
      { statement: forge({ ...head, typ: header.typ }, JSON.stringify(statement), sender) },
    ],
    ['about somebody else', await citing({ sub: other.permit.sub })],
    ['another version', await citing({ ver: 2 })],
    ['a refusal', await citing({ status: 'refused' })],
    ['one that ended', await citing({ exp: permit.iat - 1 })],
    ['another recipient', await citing(terms({ locations: [other.permit.aud] }))],
    ['another purpose', await citing(terms({ purposes: ['legal'] }))],
    ['a category less', await citing(terms({ datatypes: ['identity'] }))],
    ['what is extra sensitive has ended', await citing(terms({ sensitive_exp: permit.iat - 1 }))],
    ['otherwise of passing on', await citing(terms({ onward: 'with_new_consent' }))],
  ] as const) {
    await refused(t, what, 'statement', more)
  }
})

t.test('5: the status list, and 6: a second time', async (t) => {
  t.match(await judge({ status: await one.statusList({ age: 299 }) }), { holds: true })
  const head = { alg: 'ES256', typ: STATUS_LIST_TYPE, kid: keys.permits.kid }
  const [, claims = ''] = (await one.statusList()).split('.')
  const list = JSON.parse(Buffer.from(claims, 'base64url').toString())
  for (const [what, status] of [
    ['ended', await one.statusList({ ended: 1 })],
    ['narrowed', await one.statusList({ ended: 2 })],
    ['something else', await one.statusList({ ended: 3 })],
    ['301 seconds old', await one.statusList({ age: 301 })],
    [
      '301 seconds old, and says that it lasts',
      await one.statusList({ age: 301, claims: { exp: list.exp + 900 } }),
    ],
    ['from the future', await one.statusList({ age: -60 })],
    ['another list', await one.statusList({ claims: { sub: `${HUB}/v1/status-lists/9` } })],
    ['another hub', await one.statusList({ claims: { iss: 'https://other.example' } })],
    [
      'too short',
      await one.statusList({ claims: { status_list: { bits: 2, lst: 'eNrbuRgAAhcBXQ' } } }),
    ],
    ['by an agency', forge({ ...head, kid: sender.kid }, list, sender)],
    ['another typ', forge({ ...head, typ: header.typ }, list, keys.permits)],
    ['nothing', ''],
  ] as const) {
    await refused(t, what, 'status', { status })
  }
  const seen = new Set<string>()
  const isSeen = (issuer: string, jti: string) => {
    const name = `${issuer} ${jti}`
    const was = seen.has(name)
    seen.add(name)
    return was
  }
  t.match(await judge({}, { isSeen }), { holds: true })
  await refused(t, 'a second time', 'replay', {}, { isSeen })
  const again = byHub({ ...permit, iat: permit.iat + 1 })
  await refused(t, 'a second time in other words', 'replay', again, { isSeen })
})
