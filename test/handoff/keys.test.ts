// Goal: a key can be changed in one command while the hub runs: what was signed still verifies, unless
// the key was in wrong hands; then everybody is told. And anybody checks a hand-off from a command line.
// Method: the commands themselves, on the keys of a hub that runs, and its own proofs in files.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JSONWebKeySet } from 'jose'
import t from 'tap'
import { UsageError } from '../../cli/command.ts'
import { keysRotate } from '../../cli/keys-rotate.ts'
import { permitVerify } from '../../cli/permit-verify.ts'
import { permitAudienceOf } from '../../src/contracts/permit.ts'
import { KEY_REVOKED } from '../../src/contracts/security-event.ts'
import { verifyHandoff, verifyPermit } from '../../src/handoff/verify.ts'
import { systemOf } from '../helpers/actors.ts'
import { claimsOf } from '../helpers/holders.ts'
import { admitOwnKey, recordSigned } from '../helpers/own-key.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { CONSENTED } from '../helpers/statement.ts'
import { until } from '../helpers/until.ts'

const scene = await createScene(t)
const { network, admin, hub } = scene
const { sender, recipient } = network
const theirs = await scene.as(recipient.worker)
const supervisor = await scene.as(recipient.supervisor)
const dir = await mkdtemp(join(tmpdir(), 'titian-proof-'))
t.teardown(() => rm(dir, { recursive: true, force: true }))

const titian = join(import.meta.dirname, '../../cli/titian.mjs')
const run = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((done) => {
    execFile(process.execPath, [titian, ...args], (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
const hubKeys = async () =>
  (await (await fetch(`${hub.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
const expected = { issuer: hub.config.publicUrl, audience: permitAudienceOf(recipient.id) }
const rotate = (...more: string[]) => keysRotate.run(['--data-dir', hub.config.dataDir, ...more])
const states = async () =>
  (await admin`select kid, state from consent.permit_key`).map(
    (row) => `${row['kid']} ${row['state']}`,
  )

t.test('a hand-off is checked from the command line', async (t) => {
  const { id } = await scene.sent()
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  const file = async (name: string, text: string | Buffer) => {
    await writeFile(join(dir, name), text)
    return join(dir, name)
  }
  const { body: proof } = await theirs('GET', `/v1/referrals/${id}/proof`)
  const path = await file('proof.json', JSON.stringify(proof))
  const hubFile = await file('hub.json', JSON.stringify(await hubKeys()))
  const keys = (await theirs('GET', `/v1/agency-keys/${sender.id}`)).text
  const senderFile = await file('sender.json', keys)
  const [part] = await admin`select ciphertext from referrals.package
    where referral_id = ${id} and category = 'identity'`
  const sealed = await file('identity', part?.['ciphertext'])
  const wanted = ['--issuer', expected.issuer, '--agency', recipient.id, '--hub-keys', hubFile]
  const known = ['--agency-keys', `${sender.id}=${senderFile}`]
  const good = await run(
    'permit',
    'verify',
    path,
    ...wanted,
    ...known,
    '--part',
    `identity=${sealed}`,
  )
  t.match(good, { code: 0, out: /^HOLDS[\s\S]*identity, safety/ }, good.err)
  const late = new Date(Date.now() + 301_000).toISOString()
  const stale = await run('permit', 'verify', path, ...wanted, ...known, '--at', late)
  t.match(stale, { code: 1, out: /REFUSED at status: it is older than 300 seconds/ })
  const strange = await run('permit', 'verify', path, ...wanted, '--unknown')
  t.match(strange, { code: 2, err: /npx titian permit verify/ })
  for (const wrong of [
    [],
    [join(dir, 'nothing.json'), ...wanted],
    [hubFile, ...wanted],
    [path, ...wanted.slice(2)],
    [path, ...wanted, '--part', 'everything=x'],
    [path, ...wanted, '--agency-keys', senderFile],
  ]) {
    const failure = await permitVerify.run(wrong).catch((error: unknown) => error)
    t.ok(failure instanceof UsageError, wrong.join(' '))
  }
})

t.test('so is one whose consent the agency signed with a key of its own', async (t) => {
  const key = await admitOwnKey(admin, sender.id)
  const program = await scene.as(systemOf(sender.id, 'referrals:send'))
  const caseId = await scene.openCase()
  const said = { ...CONSENTED, case: caseId, recipients: [recipient.id] }
  t.equal((await recordSigned(program, said, key)).status, 201)
  const { id } = (await program('POST', '/v1/referrals', scene.asked(caseId))).body
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  const file = async (name: string, text: string) => {
    await writeFile(join(dir, name), text)
    return join(dir, name)
  }
  const path = await file('own.json', (await theirs('GET', `/v1/referrals/${id}/proof`)).text)
  const hubFile = await file('own-hub.json', JSON.stringify(await hubKeys()))
  const { text } = await theirs('GET', `/v1/agency-keys/${sender.id}`)
  const verify = async (keys: string) =>
    await run(
      'permit',
      'verify',
      path,
      '--issuer',
      expected.issuer,
      '--agency',
      recipient.id,
      '--hub-keys',
      hubFile,
      '--agency-keys',
      `${sender.id}=${keys}`,
    )
  t.match(await verify(await file('own-keys.json', text)), {
    code: 0,
    out: /^HOLDS[\s\S]*by consent, signed by the agency itself/,
  })
  const { keys } = JSON.parse(text) as { keys: { kid: string }[] }
  const ended = keys.map((one) =>
    one.kid === key.kid ? { ...one, revoked_at: new Date().toISOString() } : one,
  )
  t.match(await verify(await file('ended.json', JSON.stringify({ keys: ended }))), {
    code: 1,
    out: /REFUSED at statement: the key had ended/,
  })
})

t.test('a retired key still verifies; the next one was published before', async (t) => {
  const before = await scene.sent()
  const published = await hubKeys()
  t.equal(await rotate(), 0)
  const after = await until(
    async () => {
      const sent = await scene.sent()
      return kidOf(sent.permit) === kidOf(before.permit) ? null : sent
    },
    { what: 'the hub to sign with the next key' },
  )
  t.ok(
    await verifyPermit(after.permit, published, expected),
    'whoever kept the keys needs no new ones',
  )
  const now = await hubKeys()
  t.equal(now.keys.length, 3)
  t.ok(await verifyPermit(before.permit, now, expected), 'what was signed before holds')
  const path = join(hub.config.dataDir, 'keys', 'permits.json')
  const ring = await readFile(path, 'utf8')
  t.equal(JSON.parse(ring).former[0].publicJwk.d, undefined, 'the old private part is gone')
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.notOk(JSON.stringify(now).includes('"d"'))
  await until(async () => (await states()).includes(`${kidOf(before.permit)} retired`), {
    what: 'the record of it',
  })
  const nowhere = keysRotate.run(['--data-dir', join(dir, 'nowhere')])
  await t.rejects(nowhere, { message: /DATA_DIR/ })
})

t.test('the key by which the hub signs for one agency is replaced', async (t) => {
  const keysOf = async (agency: string) =>
    (
      (await theirs('GET', `/v1/agency-keys/${agency}`)).body.keys as {
        kid: string
        state: string
        custody: string
      }[]
    ).filter(({ custody }) => custody === 'hub')
  const { id } = await scene.sent()
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  const proofOf = async () => (await theirs('GET', `/v1/referrals/${id}/proof`)).body
  const before = await proofOf()
  const [old] = await keysOf(sender.id)
  const others = await keysOf(recipient.id)
  t.equal(await rotate('--agency', sender.id), 0)
  const keys = await until(
    async () => {
      const now = await keysOf(sender.id)
      return now.length === 2 ? now : null
    },
    { what: 'the hub to see it' },
  )
  t.match(keys, [{ state: 'live' }, { ...old, state: 'retired', retired_at: /Z$/ }])
  t.not(keys[0]?.kid, old?.kid)
  t.same(await keysOf(recipient.id), others, 'nobody else’s')
  const after = await proofOf()
  t.equal(kidOf(before.manifest), old?.kid)
  t.equal(kidOf(after.manifest), keys[0]?.kid, 'manifests are signed by the new one')
  t.equal(kidOf(after.statement), old?.kid, 'the statement as it was')
  const trust = { hubKeys: await hubKeys(), agencyKeys: () => ({ keys }) as JSONWebKeySet }
  for (const proof of [before, after]) {
    t.match(await verifyHandoff(proof, trust, expected), { holds: true })
  }
  await scene.consentTo(await scene.openCase())
  const [newest] = await admin`select jws from consent.statement order by at desc limit 1`
  t.equal(kidOf(newest?.['jws']), keys[0]?.kid, 'what is recorded now')
  const entry = () => admin`select concerned, data from journal.entry
    where type = 'consent.agency_key.changed.v1' and data ->> 'kid' = ${old?.kid ?? ''}`
  const [noted] = await until(
    async () => {
      const rows = await entry()
      return rows.length > 0 ? rows : null
    },
    { what: 'the record of it', timeoutMs: 20_000 },
  )
  t.match(noted, { concerned: [sender.id], data: { agency: sender.id, state: 'retired' } })
  for (const wrong of [
    ['--agency', 'x'],
    ['--agency', sender.id, '--revoked'],
  ]) {
    const failure = await rotate(...wrong).catch((error: unknown) => error)
    t.ok(failure instanceof UsageError, wrong.join(' '))
  }
})

t.test('a revoked key is published no more, and agencies are told', async (t) => {
  const stream = await supervisor('PUT', '/v1/event-stream', { method: 'poll' })
  t.equal(stream.status, 200, stream.text)
  const before = await scene.sent()
  t.equal(await rotate('--revoked'), 0)
  const kid = kidOf(before.permit)
  const { token, jti } = await until(
    async () => {
      const poll = await theirs('POST', '/v1/events/poll', { returnImmediately: true })
      const [entry] = Object.entries(poll.body.sets as Record<string, string>)
      return entry === undefined ? null : { jti: entry[0], token: entry[1] }
    },
    { what: 'the event', timeoutMs: 20_000 },
  )
  const claims = claimsOf(token)
  t.same(claims.events, { [KEY_REVOKED]: { kid } })
  t.equal(claims.sub_id, undefined)
  t.not(kidOf(token), kid, 'signed with another key')
  const keys = await hubKeys()
  t.notOk(keys.keys.some((key) => key.kid === kid))
  t.equal(await verifyPermit(before.permit, keys, expected), null)
  await theirs('POST', '/v1/events/poll', { ack: [jti], returnImmediately: true })
  const seen = await supervisor('GET', '/v1/event-stream')
  t.match(seen.body, { waiting: 0, version: 1 })
  const told = await admin`select count(*)::int as n from consent.security_event where kid = ${kid}`
  t.equal(told[0]?.['n'], 2, 'both that have to do with permits, once, however often the hub looks')
  const { body: heard } = await (
    await scene.as(sender.worker)
  )('POST', '/v1/events/poll', {
    returnImmediately: true,
  })
  const theirOwn = Object.values(heard.sets as Record<string, string>).map(claimsOf)
  t.match(theirOwn, [{ events: { [KEY_REVOKED]: { kid } } }], 'without any stream as well')
  t.ok((await states()).includes(`${kid} revoked`))
})
